import { cn } from '../../lib/cn.ts'
import { showRow } from '../../lib/show-row.ts'
import { stripUnseen } from '../../lib/ansi.ts'
import type { Mark, Tool } from '../../lib/tools/tool.ts'
import { Badge, type Tone } from '../../parts/badge.tsx'
import { TOOLS_WORDS } from './words.ts'

const TONES: Readonly<Record<Mark, Tone>> = {
  read_only: 'good',
  destructive: 'bad',
  open_world: 'idle',
  changed: 'warn',
  new: 'accent',
  gone: 'warn',
  withheld: 'warn',
  off: 'idle',
}

export function Marks({ marks }: Pick<Tool, 'marks'>) {
  if (marks.length === 0) return null
  return (
    <span className="flex flex-wrap gap-1">
      {marks.map((mark) => (
        <Badge key={mark} tone={TONES[mark]}>
          {TOOLS_WORDS.marks[mark]}
        </Badge>
      ))}
    </span>
  )
}

export function ToolList({
  tools,
  chosen,
  onChoose,
}: {
  readonly tools: readonly Tool[]
  readonly chosen: string
  readonly onChoose: (name: string) => void
}) {
  return (
    <ul className="max-h-[calc(100dvh-19rem)] min-h-40 overflow-y-auto">
      {tools.map((tool) => (
        <li key={tool.name} className="border-b border-line last:border-0">
          <button
            type="button"
            ref={tool.name === chosen ? showRow : undefined}
            aria-current={tool.name === chosen || undefined}
            className={cn(
              'flex w-full flex-col items-start gap-1 border-l-2 px-3 py-2 text-left',
              tool.name === chosen ? 'border-accent bg-accent-soft' : 'border-transparent hover:bg-hover',
            )}
            onClick={() => onChoose(tool.name)}
          >
            <span className="max-w-full font-mono text-sm font-medium break-all">
              {stripUnseen(tool.name)}
            </span>
            <span className="line-clamp-2 text-xs break-words text-muted">
              {stripUnseen(tool.title ?? tool.description).slice(0, 300)}
            </span>
            <Marks marks={tool.marks} />
          </button>
        </li>
      ))}
    </ul>
  )
}
