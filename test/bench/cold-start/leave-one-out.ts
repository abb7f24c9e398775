/** Servers made of parts with hidden costs: each is predicted from the others, by our rule and by its runtime alone. */
import { predictLimit } from '../../../src/insight/cold-start/predict-limit.ts'
import type { Row } from '../../../src/insight/cold-start/row.ts'
import { createRandom } from '../replay/seeded.ts'

const RUNTIMES = ['node', 'python', 'bash'] as const
const BASES = { node: 75, python: 50, bash: 14 } as const
const DEPENDENCIES = 30

/** The costs are of the generator alone; every server wanders by a fifth around the sum of its parts. */
export function generateRows(seed: number, count: number): Row[] {
  const random = createRandom(seed, 1)
  const costs = Array.from({ length: DEPENDENCIES }, () => random.lognormal(Math.log(18), 1))
  return Array.from({ length: count }, (_, index): Row => {
    const runtime = RUNTIMES[random.integer(0, 9) < 5 ? 0 : random.integer(0, 9) < 8 ? 1 : 2]!
    const used = runtime === 'bash' ? 0 : random.integer(1, 6)
    const own = new Set(
      // Some are used by many, most by few.
      Array.from({ length: used }, () => Math.floor(DEPENDENCIES * random.uniform(0, 1) ** 2)),
    )
    const needed = BASES[runtime] + [...own].reduce((sum, dependency) => sum + costs[dependency]!, 0)
    return {
      server: `server-${index}`,
      runtime,
      dependencies: [...own].map((dependency) => `${runtime}-dep-${dependency}`),
      family: null,
      peer: null,
      peakMib: needed * 1.1 * random.lognormal(0, 0.18),
    }
  })
}

export type LeftOut = { readonly oom: number; readonly footprint: number }

export function leaveOneOut(
  rows: readonly Row[],
  predict: (row: Row, others: readonly Row[]) => number,
): LeftOut {
  let reserved = 0
  let needed = 0
  let killed = 0
  for (const [index, row] of rows.entries()) {
    const limit = predict(
      row,
      rows.filter((_, other) => other !== index),
    )
    reserved += limit
    needed += row.peakMib
    if (row.peakMib > limit) killed++
  }
  return { oom: killed / rows.length, footprint: reserved / needed }
}

export function byParts(row: Row, others: readonly Row[]): number {
  const limit = predictLimit(row, others)
  return limit.kind === 'learned' ? limit.mib : 256
}

/** The 97th percentile of those of its runtime, with one more at the largest. */
export function byRuntime(row: Row, others: readonly Row[]): number {
  const same = others.filter(({ runtime }) => runtime === row.runtime).map(({ peakMib }) => peakMib)
  const sorted = [...same, Math.max(64, ...same)].toSorted((a, b) => a - b)
  return sorted[Math.ceil(0.97 * sorted.length) - 1]!
}
