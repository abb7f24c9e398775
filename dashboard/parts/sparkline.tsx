import { cn } from '../lib/cn.ts'

const WIDTH = 120
const HEIGHT = 28

/** The course of a number, small. `text` says it in words: the picture is for those who see it. */
export function Sparkline({
  values,
  text,
  className = 'h-7 w-full text-accent',
  max,
}: {
  readonly values: readonly (number | null)[]
  readonly text: string
  readonly className?: string
  readonly max?: number
}) {
  const top = Math.max(max ?? 0, ...values.map((value) => value ?? 0), Number.EPSILON)
  const step = WIDTH / Math.max(values.length - 1, 1)
  const points = values.map((value, index) =>
    value === null
      ? null
      : `${(index * step).toFixed(1)},${(HEIGHT - 2 - (value / top) * (HEIGHT - 4)).toFixed(1)}`,
  )
  // What was not measured is a gap, not a line through it.
  const runs: string[][] = [[]]
  for (const point of points) {
    if (point === null) runs.push([])
    else runs.at(-1)?.push(point)
  }
  return (
    <svg
      role="img"
      aria-label={text}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={cn('block overflow-visible', className)}
    >
      {runs
        .filter((run) => run.length > 0)
        .map((run) => (
          <polyline
            key={run[0]}
            points={run.length === 1 ? `${run[0]} ${run[0]}` : run.join(' ')}
            fill="none"
            stroke="currentColor"
            strokeWidth={1.5}
            strokeLinecap="round"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        ))}
    </svg>
  )
}
