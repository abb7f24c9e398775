import { CalendarRange, ZoomOut } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { RANGES, renderRange, type RangeName, type TimeRange } from '../../lib/chart/range.ts'
import { formatTime } from '../../lib/format.ts'
import { Button } from '../../parts/button.tsx'
import { TextField } from '../../parts/field.tsx'
import { Popover } from '../../parts/popover.tsx'
import { METRICS_WORDS } from './words.ts'

export function RangePicker({
  range,
  onPick,
}: {
  readonly range: TimeRange
  readonly onPick: (text: string) => void
}) {
  const span = range.to - range.from
  return (
    <div className="flex flex-wrap items-center gap-2">
      <div
        role="group"
        aria-label={METRICS_WORDS.range}
        className="flex rounded-md border border-line bg-surface"
      >
        {(Object.keys(RANGES) as RangeName[]).map((name) => (
          <Button
            key={name}
            size="sm"
            variant={range.name === name ? 'primary' : 'ghost'}
            aria-pressed={range.name === name}
            onClick={() => onPick(name)}
          >
            {METRICS_WORDS.ranges[name]}
          </Button>
        ))}
      </div>
      <OwnRange range={range} onPick={onPick} />
      {range.name === null && (
        <>
          <Button
            size="sm"
            icon={ZoomOut}
            onClick={() =>
              onPick(renderRange(range.from - span / 2, Math.min(range.to + span / 2, Date.now() / 1000)))
            }
          >
            {METRICS_WORDS.zoomOut}
          </Button>
          <span className="text-sm text-muted">
            {formatTime(new Date(range.from * 1000).toISOString())} –{' '}
            {formatTime(new Date(range.to * 1000).toISOString())}
          </span>
        </>
      )}
    </div>
  )
}

function OwnRange({ range, onPick }: { readonly range: TimeRange; readonly onPick: (text: string) => void }) {
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const [start, end] = [Date.parse(from) / 1000, Date.parse(to) / 1000]
    if (!(end - start >= 30)) return setProblem(METRICS_WORDS.badRange)
    setProblem(null)
    onPick(renderRange(start, end))
  }
  return (
    <Popover
      label={METRICS_WORDS.own}
      trigger={
        <Button size="sm" icon={CalendarRange} variant={range.name === null ? 'primary' : 'secondary'}>
          {METRICS_WORDS.own}
        </Button>
      }
    >
      <form className="flex w-60 flex-col gap-3" onSubmit={submit}>
        <TextField
          label={METRICS_WORDS.from}
          type="datetime-local"
          required
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
        <TextField
          label={METRICS_WORDS.to}
          type="datetime-local"
          required
          value={to}
          error={problem}
          onChange={(event) => setTo(event.target.value)}
        />
        <Button type="submit" variant="primary">
          {METRICS_WORDS.show}
        </Button>
      </form>
    </Popover>
  )
}
