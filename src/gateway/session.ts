/** One session of an earlier revision: what it subscribed to, where its messages go, and its calls in flight. */
import type { ChurnMap } from '../domain/churn.ts'
import type { JsonObject } from '../domain/json.ts'
import type { CapabilityClass, ProcessKey } from '../domain/process-key.ts'
import type { Listener } from './announcements.ts'
import type { ClientPushes } from './client-pushes.ts'
import type { LegacyVersion, LogLevel } from './envelope.ts'
import type { RequestId } from './message.ts'
import type { SessionRecord } from './ports.ts'
import type { SessionStreams } from './session-streams.ts'
import type { SlowAnswer } from './slow-answers.ts'
import type { EventStream } from './streams.ts'

export interface PendingCall extends SlowAnswer {
  cancel(reason: string): void
  /** Somebody still waits for its answer: its connection is not lost. */
  isHeard(): boolean
}

export type Session = {
  readonly id: string
  readonly principalId: string
  readonly serverId: SessionRecord['serverId']
  readonly version: LegacyVersion
  /** The process that serves it, from `initialize` on; another only where its server is shared otherwise since. */
  key: ProcessKey
  /** The process it was opened on; null: not known. */
  readonly instanceId: string | null
  /** What `initialize` said of the client, for a server that is told with each request. */
  readonly client: { readonly envelope: JsonObject; readonly capabilities: CapabilityClass }
  /** False where it ends with its connection. */
  readonly isStored: boolean
  readonly subscriptions: Set<string>
  /** By the client's own ids: 1 and "1" differ. */
  readonly calls: ChurnMap<RequestId, PendingCall>
  readonly outbox: Outbox
  readonly streams: SessionStreams
  readonly pushes: ClientPushes
  logLevel: LogLevel | null
  /** Its token opens single tools only: it hears of nothing else. Known with its first request. */
  toolsOnly: boolean
  /** Milliseconds since the epoch; `savedAt` is what the store knows of it. */
  lastUsedAt: number
  savedAt: number
}

/** Is its process nobody else's? Then whatever that says is the session's. */
export function isOwnProcess({ id, key }: Pick<Session, 'id' | 'key'>): boolean {
  return key.owner === id
}

/** Each message goes to exactly one stream (R105, R110), or waits, bounded, for the next one. */
export interface Outbox {
  /** An announcement: it stands for all earlier ones of its kind. */
  deliver(method: string, params: JsonObject): void
  /** A stream is open; otherwise what is delivered waits. */
  readonly isOpen: boolean
  /** A message that stands for itself. */
  send(message: JsonObject): void
  /** The GET stream; a newer one takes its place. */
  readonly standing: EventStream | null
  attach(stream: EventStream): void
  /** An answer that has become a stream, as long as it is open. */
  addAnswer(stream: EventStream): void
  close(): void
}

/** Of the messages that wait, the oldest are dropped beyond either; the newest stays however large it is. */
const MAX_WAITING = 100
const MAX_WAITING_CHARACTERS = 1024 * 1024

export function createOutbox(): Outbox {
  const answers: EventStream[] = []
  const waiting = new Map<string, { readonly message: JsonObject; readonly size: number }>()
  let held = 0
  let standing: EventStream | null = null
  let count = 0

  const findOpen = () => {
    const target = answers.findLast(({ isOpen }) => isOpen) ?? standing
    return target?.isOpen === true ? target : null
  }
  const sendWaiting = (stream: EventStream) => {
    for (const { message } of waiting.values()) stream.send(message)
    waiting.clear()
    held = 0
  }
  const drop = (key: string) => {
    held -= waiting.get(key)?.size ?? 0
    waiting.delete(key)
  }
  const send = (message: JsonObject, key: string) => {
    const target = findOpen()
    if (target !== null) return target.send(message)
    drop(key)
    const size = JSON.stringify(message).length
    waiting.set(key, { message, size })
    held += size
    for (const oldest of waiting.keys()) {
      if (oldest === key || (waiting.size <= MAX_WAITING && held <= MAX_WAITING_CHARACTERS)) break
      drop(oldest)
    }
  }

  return {
    get standing() {
      return standing
    },
    get isOpen() {
      return findOpen() !== null
    },
    deliver: (method, params) =>
      send({ jsonrpc: '2.0', method, params }, JSON.stringify([method, params['uri']])),
    send: (message) => send(message, `${++count}`),
    attach(stream) {
      standing?.end()
      standing = stream
      stream.onClosed(() => {
        if (standing === stream) standing = null
      })
      sendWaiting(stream)
    },
    addAnswer(stream) {
      answers.push(stream)
      sendWaiting(stream)
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
    onElicitationEnded: (elicitationId, params) => {
      if (!session.pushes.takeEnded(elicitationId)) return
      session.outbox.send({ jsonrpc: '2.0', method: 'notifications/elicitation/complete', params })
    },
  }
}
