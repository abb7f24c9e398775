import { useQuery } from '@tanstack/react-query'
import { formatBytes, formatNumber, formatPercent } from '../../lib/format.ts'
import { statsQuery } from '../../lib/queries.ts'
import { Page as Frame } from '../../parts/page.tsx'
import { Problem } from '../../parts/problem.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { OVERVIEW_WORDS } from './words.ts'

export function Page() {
  const stats = useQuery(statsQuery)
  const { data, error } = stats
  const tiles =
    data === undefined
      ? []
      : [
          [OVERVIEW_WORDS.running, `${data.servers.by_status.running ?? 0} / ${data.servers.total}`],
          [OVERVIEW_WORDS.calls, formatNumber(data.calls_last_hour.total)],
          [OVERVIEW_WORDS.cpu, formatPercent(data.usage.cpu_percent)],
          [OVERVIEW_WORDS.memory, formatBytes(data.usage.memory_bytes)],
        ]
  return (
    <Frame title={OVERVIEW_WORDS.title}>
      {error !== null && <Problem error={error} onRetry={() => void stats.refetch()} />}
      <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        {data === undefined && error === null
          ? [1, 2, 3, 4].map((key) => <Skeleton key={key} className="h-20 rounded-lg" />)
          : tiles.map(([label, value]) => (
              <div key={label} className="rounded-lg border border-line bg-surface p-4 shadow-raised">
                <dt className="text-xs text-muted">{label}</dt>
                <dd className="text-xl font-semibold tabular-nums">{value}</dd>
              </div>
            ))}
      </dl>
    </Frame>
  )
}
