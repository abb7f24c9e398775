/** Whether and when an ended server is tried again. Pure. */
import type { ExitClass } from '../../domain/exit-class.ts'
import { RESTART_RULES, type RestartRule, type Retry } from './restart-rules.ts'

export type RestartPolicy = {
  readonly autoRestart: boolean
  readonly maxRestarts: number
  readonly restartDelaySeconds: number
}

/** What the decision is about. */
export type Ended = {
  readonly class: ExitClass | null
  /** Of the end before it; null: there was none, or nothing is known of it. */
  readonly before: ExitClass | null
  /** How many ends in a row were alike, this one included. */
  readonly inARow: number
  /** How long it had been running, by the monotonic clock; 0 before it answered. */
  readonly ranMs: number
  /** Another try cannot help, and the platform knows that for sure. */
  readonly final: boolean
  /** It gets more memory for its next try. */
  readonly isRaised: boolean
}

/** A run this long forgives the failures before it, where nothing is known of them. */
const STABLE_RUN_MS = 60_000
/** And where their kind is known: such faults come back after minutes. */
const STABLE_CLASSED_MS = 600_000
const MAX_DELAY_MS = 60_000
const JITTER = 0.2
/** To be sure that a fault stays, where only somebody's hand can help. */
const CONFIRM_MS: readonly number[] = [1000, 5000]
const RAISED_MS = 2000
/** So many probes that ended alike, and there is no use in more. */
const PROBES = 3

export type RestartDecision =
  | { readonly kind: 'retry'; readonly attempt: number; readonly delayMs: number }
  | { readonly kind: 'give_up'; readonly attempt: number; readonly reason: string }

/** @param attempt automatic restarts since the last stable run or manual start. @param random in [0, 1). */
export function decideRestart(
  attempt: number,
  policy: RestartPolicy,
  ended: Ended,
  random: number,
): RestartDecision {
  const rule = RESTART_RULES[ended.class ?? 'unknown']
  const earlier = ended.before === null ? null : RESTART_RULES[ended.before].retry
  const spent = isForgiven(attempt, policy, rule, ended.ranMs) ? 0 : attempt
  const giveUp = (reason: string): RestartDecision => ({ kind: 'give_up', attempt: spent, reason })
  const retry = (delayMs: number): RestartDecision => ({
    kind: 'retry',
    attempt: spent + 1,
    delayMs: Math.round(delayMs),
  })
  if (ended.final) return giveUp('A restart cannot help')
  if (!policy.autoRestart) return giveUp('auto_restart is off')
  // Whoever allows none means none, whatever the kind.
  if (policy.maxRestarts === 0) return giveUp('Gave up after 0 restarts')
  if (rule.retry === 'no') {
    const tries = countOwn(spent, earlier, ended.inARow)
    const delayMs = CONFIRM_MS[tries]
    if (delayMs !== undefined && tries < policy.maxRestarts) return retry(delayMs)
    return giveUp('Not tried again before its version, a setting or a secret changes')
  }
  if (rule.retry === 'plain') {
    // What it waited for was somebody else's: that may take any number of tries, and none of them was its own.
    if (spent >= policy.maxRestarts && earlier !== 'always')
      return giveUp(`Gave up after ${policy.maxRestarts} restarts`)
    return retry(findDelay(spent, policy, rule) * (1 - JITTER + 2 * JITTER * random))
  }
  if (ended.isRaised) return retry(RAISED_MS)
  const isProbed = spent >= policy.maxRestarts + PROBES && ended.inARow >= PROBES
  if (rule.retry !== 'always' && isProbed) {
    return giveUp(`Gave up after ${policy.maxRestarts} restarts and ${PROBES} probes that ended alike`)
  }
  const isProbe = spent >= policy.maxRestarts
  // At least half of it, so that a wait is one; the rest by chance, so that those that fell together come back apart.
  return retry((isProbe ? capOf(policy, rule) : findDelay(spent, policy, rule)) * (0.5 + 0.5 * random))
}

/** Those of `spent` that this fault took: after another kind of end it is new, and may be the last of an outage. */
function countOwn(spent: number, earlier: Retry | null, inARow: number): number {
  if (earlier !== null && earlier !== 'no') return 0
  return inARow > 1 ? Math.min(spent, inARow - 1) : spent
}

/** The first × 2^n, at most the cap. */
function findDelay(spent: number, policy: RestartPolicy, rule: RestartRule): number {
  return Math.min(baseOf(policy, rule) * 2 ** spent, capOf(policy, rule))
}

/** Whoever set a shorter delay than its kind has means it. */
function baseOf({ restartDelaySeconds }: RestartPolicy, { baseMs }: RestartRule): number {
  return Math.min(baseMs ?? Number.POSITIVE_INFINITY, restartDelaySeconds * 1000)
}

/** Never shortens a delay that was set longer than it. */
function capOf(policy: RestartPolicy, rule: RestartRule): number {
  return Math.max(rule.retry === 'plain' ? MAX_DELAY_MS : rule.capMs, baseOf(policy, rule))
}

/** That is waited after such an end, without jitter, by a server with this delay of its own. */
export function findLongestDelay(ended: ExitClass | null, restartDelaySeconds: number): number {
  const policy = { autoRestart: true, maxRestarts: 0, restartDelaySeconds }
  return capOf(policy, RESTART_RULES[ended ?? 'unknown'])
}

function isForgiven(attempt: number, policy: RestartPolicy, rule: RestartRule, ranMs: number): boolean {
  if (rule.retry === 'plain') return ranMs >= STABLE_RUN_MS
  const last = attempt === 0 ? 0 : findDelay(attempt - 1, policy, rule)
  return ranMs >= Math.max(STABLE_CLASSED_MS, 2 * last)
}
