/** Ridge regression towards the prior: what each part takes, and how far each known server is from the sum of its parts. Pure. */
import { partsOf, priorOf, type Row } from './row.ts'

const RIDGE = 0.6
/** Half of the margin that comes on top is in the peaks already. */
const HEADROOM = 1.25
/** Nothing that runs takes less. */
const LEAST_MIB = 8

export type PartsFit = {
  /** MiB; a part that no row has stands at its prior. */
  of(part: string): number
  isKnown(part: string): boolean
  /** By row: the logarithm of what it needed over the sum of its parts, as if it had not been fitted itself. */
  readonly residuals: readonly number[]
}

/**
 * In the dual form, whose size is the number of servers and not of dependencies:
 * β = β₀ + Xᵀ(XXᵀ + λW⁻¹)⁻¹(y/1.25 − Xβ₀), W = diag(1/y²)·mean(y)².
 */
export function fitParts(rows: readonly Row[]): PartsFit {
  const n = rows.length
  const parts = rows.map((row) => new Set(partsOf(row)))
  const mean = rows.reduce((sum, { peakMib }) => sum + peakMib, 0) / Math.max(1, n)
  const shared = parts.map((a) => parts.map((b) => [...a].filter((part) => b.has(part)).length))
  const weighted = shared.map((line, i) =>
    line.map((value, j) => (i === j ? value + (RIDGE * rows[i]!.peakMib ** 2) / mean ** 2 : value)),
  )
  const inverse = invert(weighted)
  const before = parts.map((own) => [...own].reduce((sum, part) => sum + priorOf(part), 0))
  const surprise = rows.map(({ peakMib }, i) => peakMib / HEADROOM - before[i]!)
  const pull = inverse.map((line) => line.reduce((sum, value, j) => sum + value * surprise[j]!, 0))
  const learned = new Map<string, number>()
  for (const [i, own] of parts.entries()) {
    for (const part of own) learned.set(part, (learned.get(part) ?? 0) + pull[i]!)
  }
  const of = (part: string) => Math.max(0, priorOf(part) + (learned.get(part) ?? 0))
  const residuals = rows.map(({ peakMib }, i) => {
    const target = peakMib / HEADROOM
    const fitted = before[i]! + shared[i]!.reduce((sum, value, j) => sum + value * pull[j]!, 0)
    const leverage = shared[i]!.reduce((sum, value, j) => sum + value * inverse[j]![i]!, 0)
    // What the others alone would have said of it.
    const without = target - (target - fitted) / Math.max(0.01, 1 - leverage)
    return Math.log(peakMib / Math.max(LEAST_MIB, without))
  })
  return { of, isKnown: (part) => learned.has(part), residuals }
}

/** Gauss–Jordan; the matrix is symmetric and, by the ridge, never singular. */
function invert(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length
  const work = matrix.map((line, i) => [...line, ...Array.from({ length: n }, (_, j) => (i === j ? 1 : 0))])
  for (let column = 0; column < n; column++) {
    let pivot = column
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(work[row]![column]!) > Math.abs(work[pivot]![column]!)) pivot = row
    }
    ;[work[column], work[pivot]] = [work[pivot]!, work[column]!]
    const top = work[column]!
    const scale = top[column]!
    for (let j = column; j < 2 * n; j++) top[j] = top[j]! / scale
    for (let row = 0; row < n; row++) {
      const factor = work[row]![column]!
      if (row === column || factor === 0) continue
      const line = work[row]!
      for (let j = column; j < 2 * n; j++) line[j] = line[j]! - factor * top[j]!
    }
  }
  return work.map((line) => line.slice(n))
}
