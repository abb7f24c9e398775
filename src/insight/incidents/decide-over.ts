/** Is an incident of ends over? When its server has run long enough since the last one. Pure. */
import type { Incident } from '../../domain/incident.ts'
import { isIdle, type ServerState } from '../../domain/server-state.ts'

const LEAST_MS = 60_000
const MOST_MS = 3_600_000

/** Twice the time between its last two ends, and at least a minute: what dies every ten minutes is not well after two. */
export function findHold({ lastAt, beforeLastAt }: Pick<Incident, 'lastAt' | 'beforeLastAt'>): number {
  const gap = beforeLastAt === null ? 0 : lastAt - beforeLastAt
  return Math.min(Math.max(2 * gap, LEAST_MS), MOST_MS)
}

/** One sentence on how it ended; null while it has not. @param state null: the server is gone */
export function decideOver(
  incident: Pick<Incident, 'lastAt' | 'beforeLastAt'>,
  state: ServerState | null,
  now: number,
): string | null {
  if (state === null) return 'The server is gone.'
  if (state.kind === 'stopped') return isIdle(state) ? 'Nobody used it any more.' : 'It was stopped.'
  if (state.kind !== 'running') return null
  const since = Math.max(state.since, incident.lastAt)
  if (now - since < findHold(incident)) return null
  return `It runs since ${new Date(since).toISOString()}.`
}
