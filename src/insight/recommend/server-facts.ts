/** What is known of one server when its settings are judged, and of the host it shares with others. */
import type { Proposal, Resource, Tier } from '../../domain/recommendation.ts'
import type { ServerConfig } from '../../domain/server.ts'
import type { ExitClass } from '../../domain/exit-class.ts'
import type { ProfileDay } from './build-history.ts'

export type ServerFacts = {
  readonly name: string
  readonly config: Pick<
    ServerConfig,
    'limits' | 'idleStopSeconds' | 'instances' | 'callTimeoutSeconds' | 'startTimeoutSeconds' | 'autoRestart'
  >
  readonly profiles: readonly ProfileDay[]
  /** Ends for lack of memory, with the limit that they met. */
  readonly kills: readonly { readonly at: number; readonly memoryMb: number }[]
  /** Calls of each hour in which it was seen, oldest first. */
  readonly hours: readonly { readonly at: number; readonly calls: number }[]
  /** Of the last seven days. */
  readonly calls: { readonly all: number; readonly timeouts: number; readonly refused: number }
  readonly lastExit: { readonly class: ExitClass | null; readonly at: number; readonly detail: string } | null
  /** It should run and does not. */
  readonly isDown: boolean
  /** Its memory grows and does not come back; null: it does not, as far as was seen. */
  readonly growing: { readonly mibPerHour: number } | null
}

export type HostFacts = {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly tier: Tier
  /** No server gets more. */
  readonly capMib: number
  readonly millicores: number
  /** Share of the last minute in which something waited for a CPU (`some avg60` of /proc/pressure/cpu), percent; null: unknown. */
  readonly cpuPressure: number | null
  /** Deadlines of calls where a server sets none, and at most; seconds. */
  readonly callTimeout: { readonly usual: number; readonly most: number }
}

/** `fits`: looked at, and nothing to change. */
export type Verdict =
  | { readonly kind: 'proposed'; readonly proposal: Proposal }
  | { readonly kind: 'fits' }
  | { readonly kind: 'skipped'; readonly resource: Resource; readonly why: string }

export const DAY_MS = 86_400_000
/** What a rule without a statistic of its own looks back on. */
export const RECENT_DAYS = 14

export const fits: Verdict = { kind: 'fits' }

export function buildConfidence(days: number, samples: number): Proposal['confidence'] {
  const round = (value: number) => Math.round(Math.min(1, value) * 100) / 100
  const [byDays, bySamples] = [round(days), round(samples)]
  return { value: round(byDays * bySamples), days: byDays, samples: bySamples, censor: 1, stationary: 1 }
}

export function recentOf(profiles: readonly ProfileDay[], now: number): readonly ProfileDay[] {
  const today = Math.floor(now / DAY_MS)
  return profiles.filter(({ day }) => today - day <= RECENT_DAYS)
}

export function numbered(
  because: readonly { readonly text: string; readonly source: string }[],
): Proposal['because'] {
  return because.map((evidence, index) => ({ id: `ev${index + 1}`, ...evidence }))
}
