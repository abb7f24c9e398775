/** Samples of the platform as columns for charts. */
import type { SamplesJson } from '../../../src/api/schema/samples.ts'
import type { ChartData, Series } from '../chart/series.ts'

type Column = readonly (number | null)[]

export function readColumn({ columns, rows }: SamplesJson, name: string): Column {
  const at = columns.indexOf(name)
  return at === -1 ? rows.map(() => null) : rows.map((row) => row[at] ?? null)
}

export type Wanted = Omit<Series, 'values'> & {
  readonly column: string
  /** From what is stored to what is shown. */
  readonly scale?: (value: number, stepSeconds: number) => number
}

export const perMinute = (value: number, step: number) => (value * 60) / step
export const perSecond = (value: number, step: number) => value / step
/** A thousandth of a core, as a percentage of one. */
export const toPercent = (millicores: number) => millicores / 10

export function buildChart(samples: SamplesJson, wanted: readonly Wanted[]): ChartData {
  return {
    times: readColumn(samples, 'time').map((time) => time ?? 0),
    series: wanted.map(({ column, scale = (value: number) => value, ...series }) => ({
      ...series,
      values: readColumn(samples, column).map((value) =>
        value === null ? null : scale(value, samples.step_seconds),
      ),
    })),
  }
}
