/** One session of an earlier revision: what it subscribed to, where its messages go, and its calls in flight. */
import type { JsonObject } from '../domain/json.ts'
import type { ProcessKey } from '../domain/process-key.ts'
import type { Listener } from './announcements.ts'
import type { LegacyVersion, LogLevel } from './envelope.ts'
import type { RequestId } from './message.ts'
import type { SessionRecord } from './ports.ts'
import type { SessionStreams } from './session-streams.ts'
import type { SlowAnswer } from './slow-answers.ts'
import type { EventStream } from './streams.ts'

export type PendingCall = SlowAnswer & {
  readonly cancel: (reason: string) => void
  /** Somebody still waits for its answer: its connection is not lost. */
  readonly isHeard: () => boolean
}

export type Session = {
  readonly id: string
  readonly principalId: string
  readonly serverId: SessionRecord['serverId']
  readonly version: LegacyVersion
  /** The process that serves it, from `initialize` on. */
  readonly key: ProcessKey
  /** False where it ends with its connection. */
  readonly isStored: boolean
  readonly subscriptions: Set<string>
  /** By the client's own ids: 1 and "1" differ. */
  readonly calls: Map<RequestId, PendingCall>
  readonly outbox: Outbox
  readonly streams: SessionStreams
  logLevel: LogLevel | null
  /** Its token opens single tools only: it hears of nothing else. Known with its first request. */
  toolsOnly: boolean
  /** Milliseconds since the epoch; `savedAt` is what the store knows of it. */
  lastUsedAt: number
  savedAt: number
}

/** Each message goes to exactly one stream (R105, R110), or waits, bounded, for the next one. */
export interface Outbox {
  deliver(method: string, params: JsonObject): void
  /** The GET stream; a newer one takes its place. */
  readonly standing: EventStream | null
  attach(stream: EventStream): void
  /** An answer that has become a stream, as long as it is open. */
  addAnswer(stream: EventStream): void
  close(): void
}

/** Waiting messages are announcements, each of which stands for all earlier ones of its kind. */
const MAX_WAITING = 100

export function createOutbox(): Outbox {
  const answers: EventStream[] = []
  const waiting = new Map<string, JsonObject>()
  let standing: EventStream | null = null

  return {
    get standing() {
      return standing
    },
    deliver(method, params) {
      const message = { jsonrpc: '2.0', method, params }
      const target = answers.findLast(({ isOpen }) => isOpen) ?? standing
      if (target?.isOpen === true) return target.send(message)
      const key = JSON.stringify([method, params['uri']])
      waiting.delete(key)
      waiting.set(key, message)
      const oldest = waiting.keys().next().value
      if (waiting.size > MAX_WAITING && oldest !== undefined) waiting.delete(oldest)
    },
    attach(stream) {
      standing?.end()
      standing = stream
      stream.onClosed(() => {
        if (standing === stream) standing = null
      })
      for (const message of waiting.values()) stream.send(message)
      waiting.clear()
    },
    addAnswer(stream) {
      answers.push(stream)
      stream.onClosed(() => {
        const at = answers.indexOf(stream)
        if (at >= 0) answers.splice(at, 1)
      })
    },
    close() {
      standing?.end()
      for (const stream of answers) stream.end()
    },
  }
}

/** A URI under a subscribed one counts too: the server decides what it reports as an update of it. */
export function buildSessionListener(session: Session): Listener {
  return {
    onListChanged: (list) => {
      if (session.toolsOnly && list !== 'tools') return
      session.outbox.deliver(`notifications/${list}/list_changed`, {})
    },
    onResourceUpdated: (uri, params) => {
      const covered = [...session.subscriptions].some(
        (wanted) => uri === wanted || uri.startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`),
      )
      if (covered) session.outbox.deliver('notifications/resources/updated', params)
    },
  }
}
