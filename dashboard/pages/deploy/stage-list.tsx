import { Circle, CircleCheck, CircleDashed, CircleX, LoaderCircle, type LucideIcon } from 'lucide-react'
import type { OperationJson } from '../../../src/api/schema/operation.ts'
import { cn } from '../../lib/cn.ts'
import { formatMs, formatSpan } from '../../lib/format.ts'
import { useNow } from '../../lib/now.ts'
import { OPERATION_WORDS as WORDS } from './words.ts'

type Stage = OperationJson['stages'][number]
/** Longer than this is worth a word; each stage has a limit of its own in the platform. */
const USUAL_S = 60

const ICONS: Readonly<Record<Stage['status'], readonly [icon: LucideIcon, color: string]>> = {
  pending: [Circle, 'text-muted'],
  running: [LoaderCircle, 'text-accent'],
  succeeded: [CircleCheck, 'text-good'],
  skipped: [CircleDashed, 'text-muted'],
  failed: [CircleX, 'text-bad'],
}

export function StageList({ stages }: { readonly stages: readonly Stage[] }) {
  return (
    <ol>
      {stages.map((stage) => (
        <StageItem key={stage.stage} stage={stage} />
      ))}
    </ol>
  )
}

function StageItem({ stage: { stage, status, note, log, seconds, started_at } }: { readonly stage: Stage }) {
  const now = useNow()
  const [Icon, color] = ICONS[status]
  const [label, about] = WORDS.stages[stage]
  const running = status === 'running' && started_at !== null ? (now - Date.parse(started_at)) / 1000 : 0
  return (
    <li className="border-b border-line px-4 py-3 text-sm last:border-0">
      <div className="flex items-start gap-3">
        <Icon
          aria-hidden
          className={cn('mt-0.5 size-4 shrink-0', color, status === 'running' && 'animate-spin')}
        />
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-baseline gap-x-2">
            <span className={cn('font-medium', status === 'pending' && 'text-muted')}>{label}</span>
            <span className="text-xs text-muted">{WORDS.statuses[status]}</span>
          </p>
          <p className="break-words text-muted">{note ?? about}</p>
          {running > USUAL_S && (
            <p className="mt-1 font-medium text-warn">{WORDS.stuck(label, formatSpan(running))}</p>
          )}
          {(log !== '' || status === 'failed') && (
            <details className="mt-1" open={status === 'failed'}>
              <summary className="inline-flex min-h-6 cursor-pointer items-center text-xs text-muted hover:text-text">
                {WORDS.log}
              </summary>
              <pre
                tabIndex={0}
                role="region"
                aria-label={`${WORDS.log}: ${label}`}
                className="max-h-80 overflow-auto rounded-md border border-line bg-sunken px-3 py-2 text-xs break-words whitespace-pre-wrap"
              >
                {log === '' ? WORDS.noLog : log}
              </pre>
            </details>
          )}
        </div>
        <span className="shrink-0 text-xs text-muted tabular-nums">
          {status === 'running' ? formatSpan(running) : seconds === null ? '' : formatMs(seconds * 1000)}
        </span>
      </div>
    </li>
  )
}
