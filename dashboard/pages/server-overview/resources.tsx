import { useQuery } from '@tanstack/react-query'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { formatBytes, formatNumber, formatPercent } from '../../lib/format.ts'
import { hourQuery, readColumn, type Series } from '../../lib/samples.ts'
import { Card } from '../../parts/card.tsx'
import { Meter } from '../../parts/meter.tsx'
import { Sparkline } from '../../parts/sparkline.tsx'
import { SERVER_WORDS } from './words.ts'

const MIB = 2 ** 20

/** What it takes now, against what it may take. */
export function Resources({ server }: { readonly server: ServerJson }) {
  const { name, usage, limits, disk } = server
  const hour = useQuery(hourQuery(name))
  const series = (column: string): Series => (hour.data === undefined ? [] : readColumn(hour.data, column))
  const rows = [
    {
      label: SERVER_WORDS.memory,
      value: usage?.memory_bytes ?? null,
      limit: limits.memory_mb * MIB,
      format: formatBytes,
      series: series('memory_total_bytes'),
    },
    {
      label: SERVER_WORDS.cpu,
      value: usage?.cpu_percent ?? null,
      limit: limits.cpu_percent,
      format: formatPercent,
      series: series('cpu_total_millicores'),
    },
    {
      label: SERVER_WORDS.processes,
      value: usage?.processes ?? null,
      limit: limits.max_processes,
      format: formatNumber,
      series: [],
    },
    {
      label: SERVER_WORDS.disk,
      value: disk?.data_bytes ?? null,
      limit: limits.disk_mb * MIB,
      format: formatBytes,
      series: [],
    },
  ]
  return (
    <Card title={SERVER_WORDS.resources}>
      {usage === null && <p className="mb-2 text-sm text-muted">{SERVER_WORDS.resourcesIdle}</p>}
      <dl className="flex flex-col gap-3">
        {rows.map(({ label, value, limit, format, series: points }) => {
          const text = SERVER_WORDS.ofLimit(format(value), format(limit))
          return (
            <div
              key={label}
              className="grid grid-cols-[5.5rem_minmax(0,1fr)_5rem] items-center gap-3 text-sm"
            >
              <dt className="text-muted">{label}</dt>
              <dd className="min-w-0">
                <Meter value={value ?? 0} max={limit} text={`${label}: ${text}`} shown={text} />
              </dd>
              <dd>
                {points.some((point) => point !== null) && (
                  <Sparkline
                    values={points}
                    text={`${label} over the last hour`}
                    className="h-6 w-full text-accent"
                  />
                )}
              </dd>
            </div>
          )
        })}
      </dl>
    </Card>
  )
}
