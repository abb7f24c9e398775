/** A server's own word, from its main process and the others. Pure. */
import { isLiving, type Health, type ServerState } from '../../domain/server-state.ts'

/**
 * The main process speaks for the server. But while it rests the server runs as long as another does, and it is not
 * stopped before the last is gone.
 */
export function deriveState(main: ServerState, others: readonly ServerState[]): ServerState {
  const living = others.filter(isLiving)
  if (main.kind !== 'stopped' || living.length === 0) return main
  const { lastExit } = main
  const running = living.filter((state) => state.kind === 'running')
  if (main.idle !== true) {
    const detail = 'Its other processes are being ended.'
    const since = lastExit?.at ?? 0
    return { kind: 'stopping', attempt: 0, since, cause: 'asked', detail, next: 'stop', lastExit }
  }
  if (running.length === 0) return main
  const since = Math.min(...running.map((state) => state.since))
  return { kind: 'running', attempt: 0, since, health: worst(running.map(({ health }) => health)), lastExit }
}

function worst(healths: readonly Health[]): Health {
  const order: readonly Health[] = ['unhealthy', 'unknown', 'healthy']
  return order.find((health) => healths.includes(health)) ?? 'unknown'
}

/** Stopped because nobody used it, or about to be. */
export function isResting(state: ServerState): boolean {
  return state.kind === 'stopped' ? state.idle === true : state.kind === 'stopping' && state.next === 'rest'
}

/**
 * May processes beside the main one go on while it is in this state? What ends by itself takes nobody along, nor one
 * that nobody uses; what somebody stops, restarts or nobody starts again does.
 */
export function mayRunBeside(main: ServerState): boolean {
  if (main.kind === 'failed') return false
  if (main.kind === 'stopped' || main.kind === 'stopping')
    return isResting(main) || (main.kind === 'stopping' && main.next === 'decide')
  return true
}
