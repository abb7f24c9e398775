/**
 * A session that has a process to itself: whatever that says is the session's, also outside of calls (R110). What a
 * new process must know, it is told again.
 */
import type { JsonObject } from '../domain/json.ts'
import { LISTS } from './announcements.ts'
import type { Lane } from './lane.ts'
import type { Session } from './session.ts'

/** Brought by the announcements, as to every session. */
const ANNOUNCED: ReadonlySet<string> = new Set([
  ...LISTS.map((list) => `notifications/${list}/list_changed`),
  'notifications/resources/updated',
  'notifications/elicitation/complete',
])

/** @param isToolsOnly may hear of nothing but its tools. */
export function bindProcess(session: Session, lane: Lane, isToolsOnly = () => session.toolsOnly): void {
  const send = (message: JsonObject) => {
    // The newest call that is still waited for becomes a stream, if that is what it takes to be heard.
    if (!session.outbox.isOpen) [...session.calls.values()].findLast((call) => call.isHeard())?.onSlow()
    session.outbox.send(message)
  }
  lane.onPush((push) => {
    session.pushes.ask(push, {
      send,
      onProgress: (params) => lane.connection?.notify('notifications/progress', params),
    })
    return true
  })
  lane.onNotification((method, params) => {
    // Tasks are hidden from clients, and a token for single tools hears of nothing else.
    if (ANNOUNCED.has(method) || method.startsWith('notifications/tasks/') || isToolsOnly()) return
    send({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) })
  })
  lane.onConnected(() => {
    if (session.logLevel !== null) lane.tell('logging/setLevel', { level: session.logLevel })
  })
}
