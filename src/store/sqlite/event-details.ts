/** What the rows know of an event beyond what it says itself: the last words of a process, the stages of a deployment. */
import type { PlatformEvent } from '../../domain/event.ts'
import type { JsonObject } from '../../domain/json.ts'
import { jsonColumn, serverState, stages } from './columns.ts'
import type { Database } from './database.ts'

/** Of what a process said last, and of that the end. */
const MAX_TAIL_BYTES = 4096

export type EventDetails = {
  readonly data: JsonObject
  /** The same for ends that are alike; null: nothing better is known than the event. */
  readonly fingerprint: string | null
}

const NOTHING: EventDetails = { data: {}, fingerprint: null }

export function readEventDetails(database: Database, event: PlatformEvent): EventDetails {
  if (event.type === 'deploy.ended') return readStages(database, event.operationId)
  if (event.type !== 'server.status' || (event.status !== 'backoff' && event.status !== 'failed'))
    return NOTHING
  const found = database.get('SELECT last_state FROM servers WHERE id = $id', { id: event.serverId })
  if (found === null || found['last_state'] === null) return NOTHING
  const { lastExit: exit } = jsonColumn(serverState).parse(found['last_state'])
  // Another end may have come meanwhile: its words are no evidence for this one.
  if (exit === null || exit.class !== event.class || exit.cause !== event.cause) return NOTHING
  const tail = Buffer.from(exit.stderrTail).subarray(-MAX_TAIL_BYTES).toString('utf8')
  return {
    data: { exit_code: exit.code, signal: exit.signal, fingerprint: exit.fingerprint, tail },
    fingerprint:
      exit.fingerprint === null ? null : `event:${event.serverId}:${event.status}:${exit.fingerprint}`,
  }
}

function readStages(database: Database, id: string): EventDetails {
  const found = database.get('SELECT stages FROM operations WHERE id = $id', { id })
  if (found === null) return NOTHING
  const list = jsonColumn(stages).parse(found['stages'])
  return {
    fingerprint: null,
    data: {
      stages: list.map(({ stage, status, startedAt, endedAt }) => ({
        stage,
        status,
        seconds: startedAt === null || endedAt === null ? null : (endedAt - startedAt) / 1000,
      })),
    },
  }
}
