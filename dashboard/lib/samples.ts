/** What was measured over time, read by the names of its columns. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { SamplesJson } from '../../src/api/schema/samples.ts'
import { api } from './api.ts'

const OVERVIEW_COLUMNS = [
  'calls',
  'errors',
  'latency_p95_ms',
  'cpu_total_millicores',
  'memory_total_bytes',
  'disk_used_bytes',
  'disk_size_bytes',
]

/** @param name null: the machine, and all servers together */
export const hourQuery = (name: string | null) =>
  queryOptions({
    queryKey: name === null ? ['samples', 'hour'] : ['server', name, 'samples', 'hour'],
    queryFn: ({ signal }) =>
      api<SamplesJson>(name === null ? '/samples' : `/servers/${encodeURIComponent(name)}/samples`, {
        query: { seconds: 3600, step: 60, columns: OVERVIEW_COLUMNS.join(',') },
        signal,
      }),
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  })

export type Series = readonly (number | null)[]

export function readColumn({ columns, rows }: Pick<SamplesJson, 'columns' | 'rows'>, name: string): Series {
  const at = columns.indexOf(name)
  return at === -1 ? [] : rows.map((row) => row[at] ?? null)
}

export function lastOf(series: Series): number | null {
  return series.findLast((value) => value !== null) ?? null
}

/** Null where nothing was measured at all. */
export function sumOf(series: Series): number | null {
  const known = series.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
}

export function maxOf(series: Series): number | null {
  const known = series.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}
