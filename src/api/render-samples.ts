import { AppError } from '../domain/error.ts'
import { SAMPLE_COLUMNS } from '../domain/sample.ts'
import type { SampleRange } from '../hosting/get-samples.ts'
import { renderTime } from './schema/common.ts'
import type { SamplesJson } from './schema/samples.ts'

/** @param names columns; null: all. Throws AppError `invalid_request` for one that does not exist. */
export function renderSamples(
  server: string | null,
  { from, to, step, rows }: SampleRange,
  names: readonly string[] | null,
): SamplesJson {
  const columns = names === null ? SAMPLE_COLUMNS : names.map(findColumn)
  const byTime = new Map(rows.map((row) => [row.at, row]))
  const nothing = columns.map(() => null)
  const count = (to - from) / (step * 1000)
  return {
    server,
    from: renderTime(from),
    to: renderTime(to),
    step_seconds: step,
    columns: ['time', 'samples', ...columns.map(({ name }) => name)],
    rows: Array.from({ length: count }, (_, index) => {
      const at = from + index * step * 1000
      const row = byTime.get(at)
      const figures = row === undefined ? nothing : columns.map(({ key }) => row[key])
      return [at / 1000, row?.samples ?? 0, ...figures]
    }),
  }
}

function findColumn(name: string) {
  const found = SAMPLE_COLUMNS.find((column) => column.name === name)
  if (found === undefined) throw new AppError('invalid_request', `columns: there is none called "${name}".`)
  return found
}
