import type { Lifetime } from '../../domain/lifetime.ts'
import { DAY_MS } from './decide-cleanup.ts'
import type { CleanupPolicy } from './cleanup-item.ts'

/** What ends with it, and when; null where nothing ends. */
export type NextStep = {
  readonly step: 'archive' | 'purge'
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly why: string
  /** It was to be told by now, and was not. */
  readonly isToBeTold: boolean
}

/** A step is told so long ahead. */
const NOTICE_MS = DAY_MS

/**
 * Pure. What an owner set is kept to the moment; what follows from the platform's own rules waits until it was told for
 * a day, however long the platform was away.
 * @param failedSince since when it has been `failed`; null: it is not
 */
export function decideNextStep(
  lifetime: Lifetime,
  failedSince: number | null,
  now: number,
  policy: Pick<CleanupPolicy, 'failedAfterDays' | 'graceDays'>,
): NextStep | null {
  const { expiresAt, announcedAt, archived } = lifetime
  const isTold = announcedAt !== null
  const build = (step: NextStep['step'], due: number, why: string, waits: boolean): NextStep => {
    const notBefore = waits ? (announcedAt ?? now) + NOTICE_MS : 0
    return {
      step,
      at: Math.max(due, notBefore),
      why,
      isToBeTold: !isTold && due - NOTICE_MS <= now,
    }
  }
  if (archived !== null) {
    const due = archived.at + policy.graceDays * DAY_MS
    return build('purge', due, `It has been archived for ${policy.graceDays} days: ${archived.why}`, true)
  }
  if (expiresAt !== null) {
    const why = `It was to expire at ${new Date(expiresAt).toISOString()}.`
    return build('archive', expiresAt, why, false)
  }
  if (failedSince === null || policy.failedAfterDays === null) return null
  const due = failedSince + policy.failedAfterDays * DAY_MS
  return build('archive', due, `It has been failed for ${policy.failedAfterDays} days.`, true)
}
