/** A range of samples as a table: what each figure was, and a line of blocks that shows its course. */
import type { SamplesJson } from '../api/schema/samples.ts'
import { formatBytes, formatMilliseconds } from './humanise.ts'

const BLOCKS = '▁▂▃▄▅▆▇█'
const WIDTH = 40

type Figure = {
  readonly label: string
  /** What its course is drawn from; the first is `mean`, where it has one. */
  readonly columns: { readonly min?: string; readonly mean?: string; readonly max: string }
  readonly format: (value: number) => string
  /** A counter: its sum is told, not its mean. */
  readonly isCounter?: true
}

const formatCores = (millicores: number) => `${(millicores / 10).toFixed(1)} %`
const formatCount = (value: number) => String(Math.round(value * 10) / 10)
const spread = (name: string, unit = '') => ({
  min: `${name}_min${unit}`,
  mean: `${name}_mean${unit}`,
  max: `${name}_max${unit}`,
})

const FIGURES: readonly Figure[] = [
  { label: 'memory', columns: spread('memory', '_bytes'), format: formatBytes },
  { label: 'cpu', columns: spread('cpu', '_millicores'), format: formatCores },
  { label: 'servers’ memory', columns: { max: 'memory_total_bytes' }, format: formatBytes },
  { label: 'servers’ cpu', columns: { max: 'cpu_total_millicores' }, format: formatCores },
  { label: 'throttled', columns: { max: 'cpu_throttled_ms' }, format: formatMilliseconds, isCounter: true },
  { label: 'out of memory', columns: { max: 'oom_kills' }, format: formatCount, isCounter: true },
  { label: 'starts', columns: { max: 'starts' }, format: formatCount, isCounter: true },
  { label: 'processes', columns: { mean: 'processes_mean', max: 'processes_max' }, format: formatCount },
  { label: 'files', columns: { mean: 'descriptors_mean', max: 'descriptors_max' }, format: formatCount },
  {
    label: 'connections',
    columns: { mean: 'connections_mean', max: 'connections_max' },
    format: formatCount,
  },
  { label: 'sessions', columns: { mean: 'sessions_mean', max: 'sessions_max' }, format: formatCount },
  { label: 'streams', columns: { mean: 'streams_mean', max: 'streams_max' }, format: formatCount },
  { label: 'calls', columns: { max: 'calls' }, format: formatCount, isCounter: true },
  { label: 'errors', columns: { max: 'errors' }, format: formatCount, isCounter: true },
  {
    label: 'latency',
    columns: { mean: 'latency_mean_ms', max: 'latency_max_ms' },
    format: formatMilliseconds,
  },
  { label: 'disk read', columns: { max: 'disk_read_bytes' }, format: formatBytes, isCounter: true },
  { label: 'disk written', columns: { max: 'disk_written_bytes' }, format: formatBytes, isCounter: true },
  { label: 'sent', columns: { max: 'network_sent_bytes' }, format: formatBytes, isCounter: true },
  { label: 'received', columns: { max: 'network_received_bytes' }, format: formatBytes, isCounter: true },
]

export const SAMPLE_HEADINGS = ['FIGURE', 'MIN', 'MEAN', 'MAX', 'SUM', 'COURSE'] as const

/** A figure of which nothing is known has no row. */
export function renderSamples({ columns, rows, server }: SamplesJson): (string | null)[][] {
  const read = (name: string | undefined): (number | null)[] => {
    const index = name === undefined ? -1 : columns.indexOf(name)
    return index === -1 ? [] : rows.map((row) => row[index] ?? null)
  }
  const shown = FIGURES.filter(({ label }) => server === null || !label.startsWith('servers’'))
  return shown.flatMap(({ label, columns: { min, mean, max }, format, isCounter }) => {
    const highest = read(max)
    const course = mean === undefined ? highest : read(mean)
    if (!highest.some((value) => value !== null)) return []
    const tell = (values: (number | null)[], pick: (known: number[]) => number) => {
      const known = values.filter((value) => value !== null)
      return known.length === 0 ? null : format(pick(known))
    }
    const total = (known: number[]) => known.reduce((sum, value) => sum + value, 0)
    const average = (known: number[]) => total(known) / known.length
    const spans = isCounter !== true
    return [
      [
        label,
        spans && min !== undefined ? tell(read(min), (known) => Math.min(...known)) : null,
        spans ? tell(course, average) : null,
        spans ? tell(highest, (known) => Math.max(...known)) : null,
        spans ? null : tell(highest, total),
        renderCourse(course),
      ],
    ]
  })
}

/** From nothing to the highest; a blank is a time in which nothing was seen. */
export function renderCourse(values: readonly (number | null)[]): string {
  const per = Math.max(1, Math.ceil(values.length / WIDTH))
  const points = Array.from({ length: Math.ceil(values.length / per) }, (_, index) => {
    const known = values.slice(index * per, (index + 1) * per).filter((value) => value !== null)
    return known.length === 0 ? null : Math.max(...known)
  })
  const top = Math.max(...points.map((value) => value ?? 0))
  return points
    .map((value) => {
      if (value === null) return ' '
      return BLOCKS[top === 0 ? 0 : Math.min(7, Math.floor((value / top) * 8))] ?? ' '
    })
    .join('')
}
