/** Which differences are told and which are acted upon now. Pure. */
import type { Difference } from '../../../domain/difference.ts'
import type { ServerId } from '../../../domain/id.ts'
import { findDifferences, type Action, type Found, type Observed, type Wish } from './find-differences.ts'

/** What was known of a difference before this look. */
export type Remembered = {
  /** By the monotonic clock. */
  readonly since: number
  /** By the wall clock, for people. */
  readonly seenAt: number
  readonly actedAt: number | null
  /** Why acting on it failed. */
  readonly failure: string | null
}

export type Memory = ReadonlyMap<string, Remembered>

export type Reconciliation = {
  readonly memory: Memory
  readonly shown: readonly (Difference & { readonly serverId: ServerId | null })[]
  readonly actions: readonly { readonly key: string; readonly action: Action }[]
}

/** What did not help at once is tried again, not hammered. */
const AGAIN_MS = 10_000

export function decideReconcile(
  wishes: readonly Wish[],
  observed: Observed,
  before: Memory,
  time: { readonly now: number; readonly monotonic: number },
): Reconciliation {
  const memory = new Map<string, Remembered>()
  const shown: (Difference & { readonly serverId: ServerId | null })[] = []
  const actions: { key: string; action: Action }[] = []
  for (const found of findDifferences(wishes, observed)) {
    const known = before.get(found.key) ?? {
      since: time.monotonic,
      seenAt: time.now,
      actedAt: null,
      failure: null,
    }
    const lasted = time.monotonic - known.since
    const rested = known.actedAt === null || time.monotonic - known.actedAt >= AGAIN_MS
    const isDue = found.action !== null && lasted >= found.actAfterMs && rested
    if (isDue && found.action !== null) actions.push({ key: found.key, action: found.action })
    if (lasted >= found.showAfterMs) shown.push(show(found, known))
    memory.set(found.key, isDue ? { ...known, actedAt: time.monotonic } : known)
  }
  return { memory, shown, actions }
}

function show({ kind, serverId, server, reason, nextStep }: Found, { seenAt, failure }: Remembered) {
  const why = failure === null ? reason : `${reason} The last try failed: ${failure}`
  return { kind, serverId, server, reason: why, nextStep, since: seenAt }
}
