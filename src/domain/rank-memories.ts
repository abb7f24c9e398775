/** Which memory answers best: several lists become one, newer and weightier first. */
import type { Category } from './memory.ts'

export type Candidate = {
  readonly rid: number
  readonly category: Category
  readonly lastSeen: number
  readonly importance: number
  /** From 0 to 1; absent: 1. */
  readonly weight?: number
}

const DAY_MS = 86_400_000
/** After so many days half of what age can take is gone. */
const HALF_LIFE_DAYS: Readonly<Partial<Record<Category, number>>> = {
  monitoring: 7,
  infrastructure: 30,
  incidents: 180,
  optimization: 90,
}
const OTHER_HALF_LIFE_DAYS = 30
/** Reciprocal rank fusion (Cormack et al. 2009): the first few of a list do not drown the rest. */
const K = 60

/**
 * Lists by name, each best first, become one with scores in [0, 1]: 1 is first in every list that found anything, new
 * and of the greatest importance.
 */
export function rankMemories<L extends string>(
  lists: Readonly<Record<L, readonly Candidate[]>>,
  now: number,
): readonly { readonly rid: number; readonly score: number; readonly matchedBy: readonly L[] }[] {
  const found = new Map<number, { candidate: Candidate; rrf: number; matchedBy: L[] }>()
  let most = 0
  for (const name of Object.keys(lists) as L[]) {
    if (lists[name].length > 0) most += 1 / (K + 1)
    for (const [at, candidate] of lists[name].entries()) {
      const entry = found.get(candidate.rid) ?? { candidate, rrf: 0, matchedBy: [] }
      entry.rrf += 1 / (K + at + 1)
      entry.matchedBy.push(name)
      found.set(candidate.rid, entry)
    }
  }
  return [...found.values()]
    .map(({ candidate, rrf, matchedBy }) => {
      const { rid, category, lastSeen, importance, weight = 1 } = candidate
      const age = Math.max(0, now - lastSeen) / DAY_MS
      const freshness = 0.6 + 0.4 * 2 ** (-age / (HALF_LIFE_DAYS[category] ?? OTHER_HALF_LIFE_DAYS))
      const score = (weight * rrf * freshness * (0.75 + 0.5 * importance)) / (most * 1.25)
      return { rid, score, matchedBy }
    })
    .sort((a, b) => b.score - a.score || b.rid - a.rid)
}
