import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { SamplesJson } from '../../../src/api/schema/samples.ts'
import { formatBytes, formatMs, formatNumber, formatPercent } from '../../lib/format.ts'
import { statsQuery } from '../../lib/queries.ts'
import { hourQuery, lastOf, maxOf, readColumn, sumOf, type Series } from '../../lib/samples.ts'
import { Problem } from '../../parts/problem.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { Sparkline } from '../../parts/sparkline.tsx'
import { OVERVIEW_WORDS } from './words.ts'

const { tiles: words } = OVERVIEW_WORDS
const NO_SAMPLES: Pick<SamplesJson, 'columns' | 'rows'> = { columns: [], rows: [] }

export function Tiles() {
  const stats = useQuery(statsQuery)
  const hour = useQuery(hourQuery(null))
  if (stats.data === undefined) {
    if (stats.error !== null) return <Problem error={stats.error} onRetry={() => void stats.refetch()} />
    return (
      <Grid>
        {Array.from({ length: 7 }, (_, index) => (
          <Skeleton key={index} className="h-[6.6rem] rounded-lg" />
        ))}
      </Grid>
    )
  }
  const { servers, calls_last_hour, usage } = stats.data
  const column = (name: string) => readColumn(hour.data ?? NO_SAMPLES, name)
  const [calls, errors, latency, cpu, memory, disk, size] = [
    'calls',
    'errors',
    'latency_p95_ms',
    'cpu_total_millicores',
    'memory_total_bytes',
    'disk_used_bytes',
    'disk_size_bytes',
  ].map(column) as [Series, Series, Series, Series, Series, Series, Series]
  const failing = calls_last_hour.total === 0 ? null : (calls_last_hour.failed / calls_last_hour.total) * 100
  return (
    <Grid>
      <Tile
        label={words.running}
        value={formatNumber(servers.by_status.running ?? 0)}
        unit={words.runningOf(servers.total)}
        to="/servers"
      />
      <Tile
        label={words.calls}
        value={formatNumber(calls_last_hour.total)}
        unit={words.callsUnit}
        series={calls}
        text={formatNumber(sumOf(calls) ?? 0)}
      />
      <Tile
        label={words.errors}
        value={formatPercent(failing)}
        unit={words.errorsUnit(formatNumber(calls_last_hour.failed))}
        series={errors}
        text={formatNumber(sumOf(errors) ?? 0)}
      />
      <Tile
        label={words.latency}
        value={formatMs(lastOf(latency))}
        unit={words.latencyUnit}
        series={latency}
        text={words.highest(formatMs(maxOf(latency)))}
      />
      <Tile
        label={words.cpu}
        value={formatPercent(usage.cpu_percent)}
        unit={words.cpuUnit}
        series={cpu}
        text={words.highest(formatPercent((maxOf(cpu) ?? 0) / 10))}
      />
      <Tile
        label={words.memory}
        value={formatBytes(usage.memory_bytes)}
        unit={words.memoryUnit}
        series={memory}
        text={words.highest(formatBytes(maxOf(memory)))}
      />
      <Tile
        label={words.disk}
        value={formatBytes(lastOf(disk))}
        unit={words.diskOf(formatBytes(lastOf(size)))}
        series={disk}
        max={lastOf(size)}
        text={words.highest(formatBytes(maxOf(disk)))}
      />
    </Grid>
  )
}

function Grid({ children }: { readonly children: ReactNode }) {
  return <dl className="grid grid-cols-2 gap-3 md:grid-cols-4 xl:grid-cols-7">{children}</dl>
}

function Tile({
  label,
  value,
  unit,
  series = [],
  text,
  max = null,
  to,
}: {
  readonly label: string
  readonly value: string
  readonly unit: string
  readonly series?: Series
  readonly text?: string
  readonly max?: number | null
  readonly to?: string
}) {
  const isMeasured = series.some((point) => point !== null)
  return (
    <div className="relative flex min-w-0 flex-col rounded-lg border border-line bg-surface p-3 shadow-raised has-[a:hover]:border-line-strong">
      <dt className="truncate text-xs text-muted">
        {to === undefined ? (
          label
        ) : (
          <Link to={to} className="after:absolute after:inset-0">
            {label}
          </Link>
        )}
      </dt>
      <dd className="mt-0.5">
        <span className="block truncate text-xl font-semibold tabular-nums">{value}</span>
        <span className="block truncate text-xs text-muted">{unit}</span>
        <span className="mt-1.5 block h-6">
          {isMeasured && text !== undefined && (
            <Sparkline
              values={series}
              text={words.hour(label, text)}
              className="h-6 w-full text-accent"
              {...(max === null ? {} : { max })}
            />
          )}
        </span>
      </dd>
    </div>
  )
}
