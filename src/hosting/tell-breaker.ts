import type { BreakerView } from '../domain/breaker.ts'
import type { EventSink } from '../domain/event.ts'
import type { ServerId } from '../domain/id.ts'
import { describeProcessKey, type ProcessKey } from '../domain/process-key.ts'
import type { Servers } from './ports.ts'

/** For the gateway: an event when a process is given up for a while, and when it answers again. */
export function createBreakerTeller({
  servers,
  events,
}: {
  readonly servers: Pick<Servers, 'find'>
  readonly events: EventSink
}): (serverId: ServerId, key: ProcessKey, view: BreakerView | null) => void {
  return (serverId, key, view) => {
    const tell = async () => {
      const server = await servers.find(serverId)
      if (server === null) return
      events.emit({
        type: 'server.breaker',
        serverId,
        server: server.name,
        process: describeProcessKey(key),
        state: view === null ? 'closed' : 'open',
        failures: view?.failures ?? 0,
      })
    }
    // A read that fails is seen by whoever reads next; the breaker works without it.
    tell().catch(() => {})
  }
}
