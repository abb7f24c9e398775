/** Advice on one setting of one server: from what to what, why, how sure, and what became of it. */
import type { RecommendationId, ServerId } from './id.ts'

/** As `haivemind set` names them. */
export const RESOURCES = [
  'memory_mb',
  'cpu_percent',
  'max_processes',
  'idle_stop_seconds',
  'instances',
  'call_timeout_seconds',
  'start_timeout',
  'auto_restart',
] as const
export type Resource = (typeof RESOURCES)[number]

/** How much safety a server's memory limit buys: the one choice an operator has. */
export const TIERS = ['efficient', 'balanced', 'safe'] as const
export type Tier = (typeof TIERS)[number]

export const DIRECTIONS = ['raise', 'lower'] as const
export type Direction = (typeof DIRECTIONS)[number]

/**
 * `open` ends as applied, dismissed or expired (it no longer holds, or another took its place); `applied` is watched,
 * and ends as confirmed or reverted.
 */
export const RECOMMENDATION_STATES = [
  'open',
  'applied',
  'confirmed',
  'reverted',
  'dismissed',
  'expired',
] as const
export type RecommendationState = (typeof RECOMMENDATION_STATES)[number]

/** A number in the setting's unit, or its word. */
export type Setting = number | string

export type Confidence = {
  /** 0 to 1; the product of the others, each counted as docs/learning.md says. */
  readonly value: number
  readonly days: number
  readonly samples: number
  readonly censor: number
  readonly stationary: number
}

/** A measured fact, and the record that holds it: `profile:…`, `kill:…`, `calls:…`, or `rule`. */
export type Evidence = { readonly id: string; readonly text: string; readonly source: string }

/** What the server's own past would have been under the proposal. */
export type Backtest = {
  readonly days: number
  /** Days on which it would have met the limit. */
  readonly exceeded: number
  /** Share of the limit that nobody used; null where there is no such thing. */
  readonly unusedBefore: number | null
  readonly unusedAfter: number | null
}

export type Risk = { readonly expectedOomDaysPer100: number; readonly source: string }

/** What is proposed for a server, before anybody keeps it. */
export type Proposal = {
  readonly resource: Resource
  readonly direction: Direction
  readonly current: Setting
  readonly proposed: Setting
  readonly tier: Tier
  readonly confidence: Confidence
  readonly because: readonly Evidence[]
  readonly formula: string
  /** Null: the past cannot tell, and `because` says so. */
  readonly backtest: Backtest | null
  readonly risk: Risk | null
  /** Sure enough to be applied with all others at once, or by the platform itself where that is switched on. */
  readonly mayApply: boolean
}

export type Recommendation = Proposal & {
  readonly id: RecommendationId
  readonly serverId: ServerId
  readonly createdAt: number
  /** When the measurements last said so. */
  readonly seenAt: number
  readonly state: RecommendationState
  readonly application: Application | null
  /** When it was confirmed, reverted, dismissed or expired. */
  readonly endedAt: number | null
  /** Why; null while it is open or watched. */
  readonly reason: string | null
}

/** What was set, and what is watched for. */
export type Application = {
  readonly at: number
  readonly by: string
  readonly before: Setting
  /** A step towards what is proposed, where the way is far. */
  readonly after: Setting
  /** In force without a restart. */
  readonly inPlace: boolean
  /** Until then what gets worse takes it back. */
  readonly watchedUntil: number
  readonly baseline: Baseline
}

/** The day before a change. */
export type Baseline = {
  /** As `encodeLatencies` writes them. */
  readonly latencies: string
  /** Share of CPU periods; null where nobody counts them. */
  readonly throttled: number | null
}

/** So long nothing of the kind is proposed after it was dismissed or taken back. */
export const BLOCK_MS = 7 * 86_400_000

/** What servers show together and no single one. */
export const INSIGHT_KINDS = ['class_by_dependency', 'action_by_class', 'memory_by_version'] as const
export type InsightKind = (typeof INSIGHT_KINDS)[number]
