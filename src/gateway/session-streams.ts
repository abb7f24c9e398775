/**
 * The streams of one session, which a client can resume after their connection broke (R105, R107): each event has an
 * id and is kept, and a stream that answers a call goes on without anybody who reads it.
 */
import type { ServerResponse } from 'node:http'
import type { JsonObject } from '../domain/json.ts'
import type { LegacyVersion } from './envelope.ts'
import { buildIdParts, isAnswer, type EventId } from './event-id.ts'
import type { RequestId } from './message.ts'
import type { Missed, Ring } from './replay.ts'
import {
  renderEvent,
  type EventStream,
  type OpenStream,
  type StreamKind,
  type StreamOpener,
  type StreamOwner,
  type Streams,
} from './streams.ts'

/** What every session's streams share. */
export type ResumeDeps = {
  readonly streams: Streams
  readonly createRing: (principalId: string) => Ring
  /** Of this start of the daemon. */
  readonly generation: number
}

export interface SessionStreams extends StreamOpener {
  open(res: ServerResponse, owner: StreamOwner, kind: StreamKind, requestId?: RequestId): EventStream
  /**
   * Replays what the client has not seen of that stream and goes on with it; a call's answer that is complete ends
   * with it. Null when nothing is known of the stream.
   */
  resume(res: ServerResponse, owner: StreamOwner, last: EventId): EventStream | null
  close(): void
}

/** How long a client waits before it comes back for the rest. */
const RETRY_MS = 1000

export function createSessionStreams(
  deps: ResumeDeps,
  principalId: string,
  version: LegacyVersion,
): SessionStreams {
  const live = new Map<number, ResumableStream>()
  let ring: Ring | null = null
  let count = 0

  const keep: Keep = {
    add: (stream, sequence, text) => (ring ??= deps.createRing(principalId)).add(stream, sequence, text),
    onEnded(number, stream) {
      if (live.get(number) === stream) live.delete(number)
    },
  }

  const create = (number: number, line: OpenStream, requestId?: RequestId) => {
    const name = { generation: deps.generation, stream: number }
    const parts = buildIdParts(requestId === undefined ? name : { ...name, requestId })
    const stream = new ResumableStream(number, parts, keep, line)
    live.set(number, stream)
    return stream
  }

  return {
    open(res, owner, kind, requestId) {
      const line = deps.streams.open(res, owner, kind)
      count += 2
      const stream = create(kind === 'answer' ? count + 1 : count, line, requestId)
      // Earlier clients would read the empty event as a message that is no JSON.
      if (version >= '2025-11-25') line.write(`id: ${stream.nameEvent()}\nretry: ${RETRY_MS}\ndata: \n\n`)
      return stream
    },
    resume(res, owner, last) {
      if (last.generation !== deps.generation) return null
      const running = live.get(last.stream)
      const missed = ring?.after(last.stream, last.sequence) ?? null
      if (running === undefined && missed === null) return null
      if (!isAnswer(last)) {
        const line = deps.streams.open(res, owner, 'standing')
        // It goes on under its name; whoever takes this one ends what held the name before.
        const next = create(last.stream, line)
        next.sequence = running?.sequence ?? missed?.latest ?? 0
        writeMissed(line, missed)
        return next
      }
      // It ended without an answer, or the client has it.
      if (running === undefined && missed?.texts.length === 0) return null
      const line = deps.streams.open(res, owner, 'answer')
      writeMissed(line, missed)
      if (running === undefined) line.end()
      else running.connect(line)
      return running ?? line
    },
    close() {
      ring?.clear()
      live.clear()
    },
  }
}

/** At once, so that it counts as one message: by itself it is never too much for a reader that only just came back. */
function writeMissed(line: OpenStream, missed: Missed | null): void {
  if (missed !== null && missed.texts.length > 0) line.write(missed.texts.join(''))
}

type Keep = {
  readonly add: (stream: number, sequence: number, text: string) => void
  readonly onEnded: (number: number, stream: ResumableStream) => void
}

class ResumableStream implements EventStream {
  readonly owner: StreamOwner
  sequence = 0
  readonly #number: number
  readonly #parts: { readonly head: string; readonly tail: string }
  readonly #keep: Keep
  #line: OpenStream | null

  constructor(
    number: number,
    parts: { readonly head: string; readonly tail: string },
    keep: Keep,
    line: OpenStream,
  ) {
    this.owner = line.owner
    this.#number = number
    this.#parts = parts
    this.#keep = keep
    this.#line = null
    this.connect(line)
  }

  get isOpen(): boolean {
    return this.#line?.isOpen === true
  }

  nameEvent(): string {
    return `${this.#parts.head}${this.sequence.toString(36)}${this.#parts.tail}`
  }

  /** The client came back on another connection; the one before, if it is still there, is nobody's. */
  connect(line: OpenStream): void {
    const before = this.#line
    this.#line = line
    before?.end()
    line.onClosed(() => {
      if (this.#line === line) this.#line = null
    })
  }

  send(message: JsonObject): void {
    this.sequence++
    const text = renderEvent(message, this.nameEvent())
    this.#keep.add(this.#number, this.sequence, text)
    this.#line?.write(text)
  }

  end(last?: JsonObject): void {
    if (last !== undefined) this.send(last)
    this.#keep.onEnded(this.#number, this)
    this.#line?.end()
  }

  endsWith(last: () => JsonObject): void {
    this.#line?.endsWith(last)
  }

  onClosed(listener: () => void): void {
    if (this.#line === null) listener()
    else this.#line.onClosed(listener)
  }
}
