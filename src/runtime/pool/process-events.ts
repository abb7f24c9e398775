/** What happens to a process beside the main one: told as such, so that nobody takes it for the server's own state. */
import type { EventSink } from '../../domain/event.ts'
import { describeProcessKey, type ProcessKey } from '../../domain/process-key.ts'
import type { ServerStatus } from '../../domain/server-state.ts'

/** On the way it changes too often for anybody to follow. */
const TOLD: readonly ServerStatus[] = ['running', 'stopped', 'backoff', 'failed']

export function tellAsProcess(events: EventSink, key: ProcessKey): EventSink {
  const process = describeProcessKey(key)
  return {
    emit(event, actor) {
      if (event.type === 'server.status') {
        if (TOLD.includes(event.status)) events.emit({ ...event, type: 'server.process', process }, actor)
      } else if (event.type === 'server.adopted') {
        const { serverId, server } = event
        const reason = 'Taken over after a restart of the platform.'
        const told = {
          status: 'running',
          reason,
          cause: null,
          class: null,
          attempt: 0,
          nextTry: null,
        } as const
        events.emit({ type: 'server.process', serverId, server, process, ...told }, actor)
      }
    },
  }
}
