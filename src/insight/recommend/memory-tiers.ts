import type { Tier } from '../../domain/recommendation.ts'

export type TierRule = {
  /** Days whose highest use counts. The window, more than any percentile, is what keeps a server from being killed. */
  readonly windowDays: number
  /** A peak counts half after so many days; null: in full until it leaves the window. */
  readonly halfLifeDays: number | null
  /** Weight of the part of the margin that grows with the square root of the size. */
  readonly spread: number
  /** A kill at a limit asks for at least this many times the limit. */
  readonly afterKill: number
  /** For so many days a kill asks for it. */
  readonly killDays: number
}

export const TIER_RULES: Readonly<Record<Tier, TierRule>> = {
  efficient: { windowDays: 30, halfLifeDays: 21, spread: 0.3, afterKill: 1.25, killDays: 30 },
  balanced: { windowDays: 14, halfLifeDays: null, spread: 0.5, afterKill: 1.25, killDays: 14 },
  safe: { windowDays: 14, halfLifeDays: null, spread: 1, afterKill: 1.5, killDays: 14 },
}
