/** The first memory limit of a server that nobody set one for: from what those like it needed. Pure. */
import { fitParts } from './fit-parts.ts'
import { findSimilarity, partsOf, type Row, type Shape } from './row.ts'

export type FirstLimit =
  | {
      readonly kind: 'learned'
      readonly mib: number
      readonly confidence: number
      /** MiB, whole, which sum to the limit. */
      readonly parts: readonly { readonly what: string; readonly mib: number }[]
      /** Those that tell most of it, most first. */
      readonly teachers: readonly {
        readonly server: string
        readonly peer: string | null
        readonly peakMib: number
      }[]
      readonly rows: number
    }
  | { readonly kind: 'default'; readonly why: string; readonly rows: number }

const LEAST_ROWS = 8
const LEAST_CONFIDENCE = 0.3
/** The last servers that were seen: the fit takes the third power of their number. */
const MOST_ROWS = 200
const QUANTILE = 0.97
const PEER_WEIGHT = 0.5
const UNSEEN = 0.35
const STEP_MIB = 8
const LEAST_MIB = 64
const MOST_MIB = 1024
const TEACHERS = 3

/** @param known newest first */
export function predictLimit(shape: Shape, known: readonly Row[], capMib = MOST_MIB): FirstLimit {
  const rows = known.slice(0, MOST_ROWS)
  const count = rows.length
  const own = rows.filter(({ peer }) => peer === null).length
  // Others help those who have seen something themselves, and decide nothing alone.
  const believed = own + Math.min(own, PEER_WEIGHT * (count - own))
  if (believed < LEAST_ROWS) {
    return {
      kind: 'default',
      rows: count,
      why: `${own} servers were measured${count === own ? '' : `, ${count - own} on other platforms, which count by half`}, and ${LEAST_ROWS} are needed`,
    }
  }
  const weights = rows.map(
    (row) => (0.2 + findSimilarity(shape, row)) * (row.peer === null ? 1 : PEER_WEIGHT),
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  const squares = weights.reduce((total, weight) => total + weight ** 2, 0)
  const effective = sum ** 2 / squares
  const confidence = effective / (effective + 7)
  if (confidence < LEAST_CONFIDENCE) {
    return { kind: 'default', rows: count, why: `those ${count} servers are too unlike it` }
  }
  const fit = fitParts(rows)
  const made = partsOf(shape)
  const parts = made.map((part) => ({ what: part, mib: fit.of(part) }))
  const expected = Math.max(
    1,
    parts.reduce((total, { mib }) => total + mib, 0),
  )
  const margin = expected * (Math.exp(findQuantile(fit.residuals, weights)) - 1)
  const unseen = made.filter((part) => part.startsWith('dependency:') && !fit.isKnown(part)).length
  const unknown = (expected + margin) * UNSEEN * unseen
  const wanted = Math.ceil((expected + margin + unknown) / STEP_MIB) * STEP_MIB
  const mib = Math.min(Math.max(wanted, LEAST_MIB), MOST_MIB, capMib)
  return {
    kind: 'learned',
    mib,
    confidence,
    rows: count,
    parts: roundParts(
      [
        ...parts,
        { what: 'margin', mib: margin },
        ...(unseen === 0 ? [] : [{ what: `unknown:${unseen}`, mib: unknown }]),
      ],
      mib,
    ),
    teachers: rows
      .map((row, index) => ({ ...row, weight: weights[index]! }))
      .toSorted((a, b) => b.weight - a.weight || (a.server < b.server ? -1 : 1))
      .slice(0, TEACHERS)
      .map(({ server, peer, peakMib }) => ({ server, peer, peakMib })),
  }
}

/** With one more point at the largest: the new server may be worse than all that were seen. */
function findQuantile(residuals: readonly number[], weights: readonly number[]): number {
  const points = residuals.map((value, index) => ({ value, weight: weights[index]! }))
  points.push({ value: Math.max(...residuals), weight: 1.2 })
  points.sort((a, b) => a.value - b.value)
  const total = points.reduce((sum, { weight }) => sum + weight, 0)
  let passed = 0
  for (const { value, weight } of points) {
    passed += weight
    if (passed >= QUANTILE * total) return value
  }
  return points.at(-1)!.value
}

/** Whole numbers that sum to the limit; what rounding and the bounds add or take stands as a part of its own. */
function roundParts(parts: readonly { readonly what: string; readonly mib: number }[], mib: number) {
  const rounded = parts.map(({ what, mib: size }) => ({ what, mib: Math.round(size) }))
  const rest = mib - rounded.reduce((total, part) => total + part.mib, 0)
  return rest === 0 ? rounded : [...rounded, { what: 'rounding', mib: rest }]
}
