/** Open event streams: kept alive together, counted for each principal, cut when a reader does not keep up. */
import type { ServerResponse } from 'node:http'
import type { Clock } from '../domain/clock.ts'
import type { ServerId } from '../domain/id.ts'
import type { JsonObject } from '../domain/json.ts'
import type { GatewayConfig } from './gateway-config.ts'
import type { RequestId } from './message.ts'
import { cutWhenStalled } from './stalled-reader.ts'

export type StreamOwner = { readonly principalId: string; readonly serverId: ServerId }

export interface EventStream {
  readonly owner: StreamOwner
  /** What is sent now goes out. */
  readonly isOpen: boolean
  send(message: JsonObject): void
  /** Ends it in order; `last` is sent first. */
  end(last?: JsonObject): void
  /** What `end` says when the gateway itself ends the stream: it stops, or the server or the token is gone. */
  endsWith(last: () => JsonObject): void
  /** Called once, whoever ended it; at once when it is over already. */
  onClosed(listener: () => void): void
}

/** One that lives and ends with its connection. */
export interface OpenStream extends EventStream {
  /** Events as they go over the wire. */
  write(text: string): void
}

/** `standing` streams (GET, listen) count against the principal's limit; answers to calls are bounded by the calls. */
export type StreamKind = 'standing' | 'answer'

export interface StreamOpener {
  /** @param requestId of the request that an answer is to, where it is one. */
  open(res: ServerResponse, owner: StreamOwner, kind: StreamKind, requestId?: RequestId): EventStream
}

export interface Streams extends StreamOpener {
  canOpen(principalId: string): boolean
  open(res: ServerResponse, owner: StreamOwner, kind: StreamKind): OpenStream
  /** Open ones. */
  counts(): Readonly<Record<StreamKind, number>>
  /** Calls `note` for each open one. */
  eachServer(note: (serverId: ServerId) => void): void
  /** Ends those of one principal or one server in order, or all. */
  closeAll(owner: Partial<StreamOwner>): void
}

const HEADERS = [
  'Content-Type',
  'text/event-stream',
  'Cache-Control',
  'no-cache, no-transform',
  'X-Accel-Buffering',
  'no',
]
const KEEP_ALIVE = ': keep-alive\n\n'

export function createStreams(config: GatewayConfig, clock: Clock): Streams {
  const open = new Set<ConnectedStream>()
  const standing = new Map<string, number>()
  let ticking = false

  const tick = () => {
    if (ticking) return
    ticking = true
    clock.after(config.keepAliveMs, () => {
      ticking = false
      for (const stream of open) stream.write(KEEP_ALIVE)
      if (open.size > 0) tick()
    })
  }

  const count = ({ owner: { principalId }, kind }: ConnectedStream, change: 1 | -1) => {
    if (kind !== 'standing') return
    const left = (standing.get(principalId) ?? 0) + change
    if (left === 0) standing.delete(principalId)
    else standing.set(principalId, left)
  }

  const onGone = (stream: ConnectedStream) => {
    open.delete(stream)
    count(stream, -1)
  }

  return {
    canOpen: (principalId) =>
      open.size < config.maxStreams && (standing.get(principalId) ?? 0) < config.maxStreamsPerPrincipal,
    open(res, owner, kind) {
      const stream = new ConnectedStream(res, owner, kind, config.maxUnreadBytes, onGone)
      open.add(stream)
      count(stream, 1)
      tick()
      return stream
    },
    counts() {
      let sum = 0
      for (const held of standing.values()) sum += held
      return { standing: sum, answer: open.size - sum }
    },
    eachServer(note) {
      for (const { owner } of open) note(owner.serverId)
    },
    closeAll({ principalId, serverId }) {
      for (const stream of open) {
        const { owner } = stream
        if ((principalId ?? owner.principalId) !== owner.principalId) continue
        if ((serverId ?? owner.serverId) === owner.serverId) stream.end()
      }
    },
  }
}

/** A class, since thousands may be open and a closure for each of their methods would cost more than all they hold. */
class ConnectedStream implements OpenStream {
  readonly owner: StreamOwner
  readonly kind: StreamKind
  readonly #res: ServerResponse
  readonly #maxUnreadBytes: number
  readonly #onGone: (stream: ConnectedStream) => void
  #listeners: (() => void)[] | null = null
  #isGone = false
  #farewell: (() => JsonObject) | null = null

  constructor(
    res: ServerResponse,
    owner: StreamOwner,
    kind: StreamKind,
    maxUnreadBytes: number,
    onGone: (stream: ConnectedStream) => void,
  ) {
    this.owner = owner
    this.kind = kind
    this.#res = res
    this.#maxUnreadBytes = maxUnreadBytes
    this.#onGone = onGone
    res.writeHead(200, HEADERS)
    res.flushHeaders()
    res.on('close', () => this.#close())
  }

  #close(): void {
    const listeners = this.#listeners ?? []
    this.#listeners = null
    this.#isGone = true
    this.#onGone(this)
    for (const listener of listeners) listener()
  }

  get isOpen(): boolean {
    return !this.#res.destroyed && !this.#res.writableEnded
  }

  /** One message may be larger than the bound; a second one behind unread ones may not. */
  write(text: string): void {
    if (!this.isOpen) return
    const res = this.#res
    if (res.writableLength > this.#maxUnreadBytes) return void res.destroy()
    // A chunk in one piece: `res.write` makes four of it and corks the socket, for each of thousands of streams.
    if (res.chunkedEncoding && res.socket !== null) {
      res.socket.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`)
    } else res.write(text)
  }

  send(message: JsonObject): void {
    this.write(renderEvent(message))
  }

  end(last: JsonObject | undefined = this.#farewell?.()): void {
    if (last !== undefined) this.send(last)
    cutWhenStalled(this.#res, 0)
    this.#res.end()
  }

  endsWith(last: () => JsonObject): void {
    this.#farewell = last
  }

  onClosed(listener: () => void): void {
    if (this.#isGone) listener()
    else if (this.#listeners === null) this.#listeners = [listener]
    else this.#listeners.push(listener)
  }
}

/** @param id names the event where its stream can be resumed. */
export function renderEvent(message: JsonObject, id?: string): string {
  const name = id === undefined ? '' : `id: ${id}\n`
  return `event: message\n${name}data: ${JSON.stringify(message)}\n\n`
}
