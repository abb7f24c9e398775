/** What a starting daemon does with a server, from what was written down and what is there. Pure. */
import type { VersionId } from '../../domain/id.ts'
import type { DesiredState, ServerState } from '../../domain/server-state.ts'
import { isResting } from '../pool/derive-state.ts'
import type { LedgerRow } from '../ports.ts'

export type RowDecision = { readonly kind: 'adopt' } | { readonly kind: 'reap'; readonly reason: string }

/**
 * `adopt` holds only if the row's pid, start time, boot id and token still name a living instance, which the
 * backend finds out; otherwise it is reaped too.
 * @param observed.taken an instance of the same server was adopted already.
 */
export function decideRecovery(
  row: Pick<LedgerRow, 'versionId' | 'initializeResult'>,
  observed: { readonly taken: boolean },
  wanted: { readonly desired: DesiredState; readonly activeVersion: VersionId | null } | null,
): RowDecision {
  if (wanted === null) return reap('its server is gone')
  if (wanted.desired !== 'running') return reap('its server should not run')
  if (wanted.activeVersion !== row.versionId) return reap('it runs another version than the active one')
  // Whether initialize was sent is not known, and it must not be sent twice.
  if (row.initializeResult === null) return reap('it had not finished starting')
  if (observed.taken) return reap('another instance of its server runs')
  return { kind: 'adopt' }
}

function reap(reason: string): RowDecision {
  return { kind: 'reap', reason }
}

export type StartDecision =
  | { readonly kind: 'leave'; readonly state: ServerState }
  | { readonly kind: 'start'; readonly state: ServerState }
  /** Still waiting for its next try; the budget of attempts goes on counting. */
  | { readonly kind: 'wait'; readonly state: ServerState }

/** For a server of which no instance runs now. */
export function decideStart(desired: DesiredState, lastState: ServerState): StartDecision {
  const stopped: ServerState = { kind: 'stopped', lastExit: lastState.lastExit }
  if (desired === 'running' && isResting(lastState))
    return { kind: 'leave', state: { ...stopped, idle: true } }
  // Nothing was wrong with the server: with its key back it starts as it was meant to.
  const wasLocked = lastState.kind === 'failed' && lastState.lastExit.refusal === 'keys_locked'
  if (wasLocked && desired === 'running') return { kind: 'start', state: stopped }
  if (lastState.kind === 'failed') return { kind: 'leave', state: lastState }
  if (desired === 'stopped') return { kind: 'leave', state: stopped }
  if (lastState.kind === 'backoff') return { kind: 'wait', state: lastState }
  return { kind: 'start', state: stopped }
}
