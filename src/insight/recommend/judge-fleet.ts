/** What all servers together say: how large a server is, and how often the rule would have been wrong for them. */
import type { Risk, Tier } from '../../domain/recommendation.ts'
import { decideMemory } from './decide-memory.ts'
import type { MemoryHistory } from './history.ts'
import { median } from './judge-history.ts'
import { TIER_RULES } from './memory-tiers.ts'

const LEAST_SERVERS = 10
const LEAST_TESTED = 3
const TESTED_DAYS = 14
const DAYS_BEFORE = 3

/** OOM-days in a hundred on the generated traces of seeds 101 to 104; docs/learning.md has the table. */
const REPLAYED: Readonly<Record<Tier, number>> = { efficient: 0.92, balanced: 0.53, safe: 0.2 }

/** The median over servers of their median daily peak; null below ten. */
export function findFleetMedian(histories: readonly MemoryHistory[]): number | null {
  const own = histories.filter(({ peaks }) => peaks.length > 0)
  if (own.length < LEAST_SERVERS) return null
  return median(own.map(({ peaks }) => median(peaks.map(({ mib }) => mib))))
}

/** Each day of the last fourteen against the limit that the days before it would have given. */
export function judgeRisk(
  histories: readonly MemoryHistory[],
  tier: Tier,
  {
    now,
    medianMib,
    capMib,
  }: { readonly now: number; readonly medianMib: number | null; readonly capMib: number },
): Risk {
  const today = Math.floor(now)
  let days = 0
  let over = 0
  let servers = 0
  for (const { peaks, kills } of histories) {
    const tested = peaks.filter(({ day }) => today - day <= TESTED_DAYS)
    const before = days
    for (const { day, mib } of tested) {
      const past = peaks.filter((peak) => peak.day < day)
      if (past.length < DAYS_BEFORE) continue
      const decision = decideMemory(
        { peaks: past, kills: kills.filter(({ at }) => at < day) },
        TIER_RULES[tier],
        {
          now: day,
          capMib,
          ...(medianMib === null ? {} : { fleetMedianMib: medianMib }),
        },
      )
      if (decision === undefined) continue
      days++
      if (mib > decision.limitMib) over++
    }
    if (days > before) servers++
  }
  if (servers < LEAST_TESTED) {
    return {
      expectedOomDaysPer100: REPLAYED[tier],
      source: 'generated traces of the replay, seeds 101 to 104',
    }
  }
  const per100 = Math.round((over / days) * 10_000) / 100
  return { expectedOomDaysPer100: per100, source: `fleet backtest n=${servers} servers, ${days} days` }
}
