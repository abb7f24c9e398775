import { SAMPLE_COLUMNS, type SampleColumn, type SampleJoin, type SampleRow } from './sample.ts'

/** Steps that begin within one greater step become one; `rows` is not empty and of one server. */
export function joinSamples(rows: readonly SampleRow[], at: number, step: number): SampleRow {
  const first = rows[0]!
  if (rows.length === 1) return { ...first, step, at }
  const figures: Partial<Record<SampleColumn, number | null>> = {}
  for (const { key, join } of SAMPLE_COLUMNS) figures[key] = JOINS[join](rows, key)
  return {
    serverId: first.serverId,
    step,
    at,
    samples: rows.reduce((sum, { samples }) => sum + samples, 0),
    ...(figures as Record<SampleColumn, number | null>),
  }
}

/** Of one server, in any order; several of one step become one. In order of time. */
export function groupSamples(rows: readonly SampleRow[], step: number): readonly SampleRow[] {
  const groups = new Map<number, SampleRow[]>()
  for (const row of rows) {
    const at = row.at - (row.at % (step * 1000))
    const group = groups.get(at)
    if (group === undefined) groups.set(at, [row])
    else group.push(row)
  }
  return [...groups].toSorted(([a], [b]) => a - b).map(([at, group]) => joinSamples(group, at, step))
}

type Joiner = (rows: readonly SampleRow[], key: SampleColumn) => number | null

const fold =
  (pick: (a: number, b: number) => number): Joiner =>
  (rows, key) =>
    rows.reduce<number | null>((found, { [key]: value }) => {
      if (value === null) return found
      return found === null ? value : pick(found, value)
    }, null)

const weigh =
  (weightOf: (row: SampleRow) => number): Joiner =>
  (rows, key) => {
    let sum = 0
    let weight = 0
    for (const row of rows) {
      const value = row[key]
      if (value === null) continue
      sum += value * weightOf(row)
      weight += weightOf(row)
    }
    return weight === 0 ? null : Math.round((sum / weight) * 100) / 100
  }

const JOINS: Readonly<Record<SampleJoin, Joiner>> = {
  sum: fold((a, b) => a + b),
  min: fold(Math.min),
  max: fold(Math.max),
  mean: weigh(({ samples }) => samples),
  call_mean: weigh(({ calls }) => calls ?? 0),
}
