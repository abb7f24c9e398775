import { cn } from '../lib/cn.ts'

/** How much of a limit is used. `text` says it in words; `shown` stands beside the bar. */
export function Meter({
  value,
  max,
  text,
  shown,
}: {
  readonly value: number
  readonly max: number
  readonly text: string
  readonly shown?: string
}) {
  const part = max <= 0 ? 0 : Math.min(1, Math.max(0, value / max))
  const tone = part > 0.9 ? 'bg-bad' : part > 0.75 ? 'bg-warn' : 'bg-accent'
  return (
    <span className="inline-flex items-center gap-2" title={text}>
      <span
        role="meter"
        aria-label={text}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(part * 100)}
        className="inline-block h-1.5 w-14 shrink-0 overflow-hidden rounded-full bg-hover"
      >
        <span className={cn('block h-full rounded-full', tone)} style={{ width: `${part * 100}%` }} />
      </span>
      {shown !== undefined && <span className="tabular-nums">{shown}</span>}
    </span>
  )
}
