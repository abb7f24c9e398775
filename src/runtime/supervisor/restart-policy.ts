/** Whether and when an ended server is tried again. */

export type RestartPolicy = {
  readonly autoRestart: boolean
  readonly maxRestarts: number
  readonly restartDelaySeconds: number
}

/** A run this long forgives the failures before it. */
const STABLE_RUN_MS = 60_000
const MAX_DELAY_MS = 60_000
const JITTER = 0.2

export type RestartDecision =
  | { readonly kind: 'retry'; readonly attempt: number; readonly delayMs: number }
  | { readonly kind: 'give_up'; readonly attempt: number; readonly reason: string }

/**
 * The delay before attempt n is `restart_delay` × 2^(n-1), at most 60 s (or `restart_delay` itself where it is
 * longer), ± 20 % so that servers that failed together do not come back together.
 * @param attempt automatic restarts since the last stable run or manual start. @param random in [0, 1).
 */
export function decideRestart(
  attempt: number,
  policy: RestartPolicy,
  exit: { readonly ranMs: number; readonly final: boolean },
  random: number,
): RestartDecision {
  const spent = exit.ranMs >= STABLE_RUN_MS ? 0 : attempt
  if (exit.final) return { kind: 'give_up', attempt: spent, reason: 'A restart cannot help' }
  if (!policy.autoRestart) return { kind: 'give_up', attempt: spent, reason: 'auto_restart is off' }
  if (spent >= policy.maxRestarts) {
    return { kind: 'give_up', attempt: spent, reason: `Gave up after ${policy.maxRestarts} restarts` }
  }
  const first = policy.restartDelaySeconds * 1000
  const delay = Math.min(first * 2 ** spent, Math.max(first, MAX_DELAY_MS))
  return {
    kind: 'retry',
    attempt: spent + 1,
    delayMs: Math.round(delay * (1 - JITTER + 2 * JITTER * random)),
  }
}
