/** A server's own word, from its main process and the others. Pure. */
import type { ServerState } from '../../domain/server-state.ts'

/** @param others whether any other process of the server still lives. */
export function deriveState(main: ServerState, others: { readonly living: boolean }): ServerState {
  if (main.kind !== 'stopped' || !others.living) return main
  return {
    kind: 'stopping',
    attempt: 0,
    since: main.lastExit?.at ?? 0,
    cause: 'asked',
    detail: 'Its other processes are being ended.',
    next: 'stop',
    lastExit: main.lastExit,
  }
}

/**
 * May processes beside the main one go on while it is in this state? What ends by itself takes nobody along; what
 * somebody stops, restarts or nobody starts again does.
 */
export function mayRunBeside(main: ServerState): boolean {
  if (main.kind === 'stopped' || main.kind === 'failed') return false
  return main.kind !== 'stopping' || main.next === 'decide'
}
