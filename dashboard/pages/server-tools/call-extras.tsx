import { ChevronDown, RotateCcw } from 'lucide-react'
import type { Json } from '../../lib/schema-form/schema.ts'
import { renderClientCall, renderCommand, renderCurl } from '../../lib/tools/copy-as.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Menu, MenuItem } from '../../parts/menu.tsx'
import { Ago } from '../../parts/time.tsx'
import { showToast } from '../../parts/toast.tsx'
import { cn } from '../../lib/cn.ts'
import { WORDS } from '../../lib/words.ts'
import type { Call } from './call-history.ts'
import { TOOLS_WORDS } from './words.ts'

export function CopyAs({
  server,
  tool,
  args,
}: {
  readonly server: string
  readonly tool: string
  readonly args: Json
}) {
  const copy = async (text: string) => {
    await navigator.clipboard.writeText(text)
    showToast(WORDS.copied)
  }
  const call = { origin: location.origin, server, tool, args }
  return (
    <Menu
      trigger={
        <Button size="sm" icon={ChevronDown}>
          {TOOLS_WORDS.copyAs}
        </Button>
      }
    >
      <MenuItem onSelect={() => void copy(renderCurl(call))}>{TOOLS_WORDS.curl}</MenuItem>
      <MenuItem onSelect={() => void copy(renderCommand(call))}>{TOOLS_WORDS.command}</MenuItem>
      <MenuItem onSelect={() => void copy(renderClientCall(call))}>{TOOLS_WORDS.client}</MenuItem>
    </Menu>
  )
}

export function History({
  calls,
  current,
  onShow,
  onUse,
}: {
  readonly calls: readonly Call[]
  readonly current: number | null
  readonly onShow: (call: Call) => void
  readonly onUse: (args: Json) => void
}) {
  if (calls.length === 0) return null
  return (
    <Card title={TOOLS_WORDS.history} description={TOOLS_WORDS.historyNote} isFlush>
      <ul className="max-h-72 overflow-y-auto">
        {calls.map((call) => (
          <li
            key={call.id}
            className={cn(
              'flex items-center gap-2 border-b border-line px-3 py-1.5 text-sm last:border-0',
              call.id === current && 'bg-accent-soft',
            )}
          >
            <Badge tone={isGood(call) ? 'good' : 'bad'}>
              {isGood(call) ? TOOLS_WORDS.ok : describeEnd(call)}
            </Badge>
            <button
              type="button"
              className="min-w-0 flex-1 truncate text-left font-mono text-xs hover:underline"
              onClick={() => onShow(call)}
            >
              {JSON.stringify(call.args).slice(0, 200)}
            </button>
            <span className="text-xs whitespace-nowrap text-muted tabular-nums">
              {TOOLS_WORDS.took(call.tookMs)} · <Ago time={call.at} />
            </span>
            <Button
              variant="ghost"
              size="sm"
              icon={RotateCcw}
              aria-label={TOOLS_WORDS.useAgain}
              onClick={() => onUse(call.args)}
            />
          </li>
        ))}
      </ul>
    </Card>
  )
}

function isGood({ outcome }: Call): boolean {
  return outcome.kind === 'empty' || (outcome.kind === 'result' && !outcome.isError)
}

function describeEnd({ outcome }: Call): string {
  return outcome.kind === 'result' ? TOOLS_WORDS.error : outcome.kind.replaceAll('_', ' ')
}
