import type { RecommendationJson } from '../../../src/api/schema/recommendation.ts'
import type { ChartData } from '../../lib/chart/series.ts'
import { formatBytes, formatMs, formatNumber, formatPercent } from '../../lib/format.ts'
import { perMinute, perSecond, toPercent, type Wanted } from '../../lib/samples/read-samples.ts'
import { METRICS_WORDS as WORDS } from './words.ts'

export type ChartSpec = {
  readonly title: string
  readonly description?: string
  readonly series: readonly Wanted[]
  /** The setting whose effect this shows. */
  readonly resource?: 'memory_mb' | 'cpu_percent'
}

/** What is recommended, as a line beside what was used: its evidence. */
export function drawProposed(
  data: ChartData,
  { resource }: ChartSpec,
  items: readonly Pick<RecommendationJson, 'resource' | 'proposed'>[],
): ChartData {
  const proposed = items.find((item) => item.resource === resource)?.proposed
  if (resource === undefined || typeof proposed !== 'number') return data
  const value = resource === 'memory_mb' ? proposed * 1024 * 1024 : proposed
  const { unit, format } = resource === 'memory_mb' ? bytes : cpu
  const values = data.times.map(() => value)
  return {
    ...data,
    series: [...data.series, { label: WORDS.proposed, unit, format, values, isLimit: true, line: 2 }],
  }
}

const rate = (value: number) => `${formatBytes(value)}/s`
const calls = { unit: 'per minute', format: formatNumber, scale: perMinute }
const latency = { unit: 'ms', format: formatMs }
const cpu = { unit: 'percent of a core', format: formatPercent, scale: toPercent }
const bytes = { unit: 'bytes', format: formatBytes }
const flow = { unit: 'bytes per second', format: rate, scale: perSecond }
const count = { unit: 'count', format: formatNumber }

export const CHARTS: readonly ChartSpec[] = [
  {
    title: WORDS.calls,
    description: WORDS.perMinute,
    series: [
      { label: WORDS.calls, column: 'calls', ...calls },
      { label: WORDS.errors, column: 'errors', ...calls, line: 3 },
    ],
  },
  {
    title: WORDS.latency,
    description: WORDS.latencyText,
    series: [
      { label: WORDS.p50, column: 'latency_p50_ms', ...latency },
      { label: WORDS.p95, column: 'latency_p95_ms', ...latency },
      { label: WORDS.p99, column: 'latency_p99_ms', ...latency },
    ],
  },
  {
    title: WORDS.cpu,
    resource: 'cpu_percent',
    description: WORDS.cpuText,
    series: [
      { label: WORDS.use, column: 'cpu_total_millicores', ...cpu },
      { label: WORDS.limit, column: 'cpu_limit_millicores', ...cpu, isLimit: true, line: 4 },
    ],
  },
  {
    title: WORDS.memory,
    resource: 'memory_mb',
    description: WORDS.memoryText,
    series: [
      { label: WORDS.use, column: 'memory_mean_bytes', ...bytes },
      { label: WORDS.peak, column: 'memory_max_bytes', ...bytes },
      { label: WORDS.limit, column: 'memory_limit_bytes', ...bytes, isLimit: true, line: 4 },
    ],
  },
  {
    title: WORDS.sessions,
    series: [
      { label: WORDS.sessionsLabel, column: 'sessions_max', ...count },
      { label: WORDS.streams, column: 'streams_max', ...count },
    ],
  },
  {
    title: WORDS.network,
    series: [
      { label: WORDS.received, column: 'network_received_bytes', ...flow },
      { label: WORDS.sent, column: 'network_sent_bytes', ...flow },
    ],
  },
  {
    title: WORDS.disk,
    series: [
      { label: WORDS.read, column: 'disk_read_bytes', ...flow },
      { label: WORDS.written, column: 'disk_written_bytes', ...flow },
    ],
  },
  {
    title: WORDS.starts,
    series: [
      { label: WORDS.startsLabel, column: 'starts', ...count },
      { label: WORDS.oomKills, column: 'oom_kills', ...count, line: 3 },
    ],
  },
]

/** What the charts ask for, and no more. */
export const COLUMNS = [...new Set(CHARTS.flatMap(({ series }) => series.map(({ column }) => column)))].join(
  ',',
)
