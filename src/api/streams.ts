import { AppError } from '../domain/error.ts'
import { startRepeating } from '../domain/repeat.ts'
import type { ApiDeps } from './api-deps.ts'
import { createReaderQueue } from './reader-queue.ts'
import type { Call } from './route.ts'

/** Bytes that wait for a slow reader; beyond them the stream ends, and the reader resumes where it was. */
const MAX_QUEUED_BYTES = 1024 * 1024
/** Who does not even read that is cut off. */
const DRAIN_MS = 5000
const HEARTBEAT_MS = 15_000

type StreamOptions = {
  readonly contentType: string
  /** Sent every 15 s so that proxies keep the connection. */
  readonly heartbeat: string
  /** Sent last when the reader was too slow. */
  readonly overflow: string
  /** Begins to push, until it says that there will be no more; the result stops it. */
  readonly start: (push: (texts: readonly string[]) => void, end: () => void) => Promise<() => void>
}

export interface Streams {
  /** A response that goes on until the client leaves, its token ends or the platform stops. */
  open(call: Call, options: StreamOptions): Response
}

export function createStreams({
  access,
  clock,
  closing,
  maxStreams,
  metrics,
}: Pick<ApiDeps, 'access' | 'clock' | 'closing' | 'maxStreams' | 'metrics'>): Streams {
  const counts = new Map<string, number>()
  let total = 0
  const count = (id: string, change: number) => {
    total += change
    metrics.noteStreams(total)
    const next = (counts.get(id) ?? 0) + change
    if (next === 0) counts.delete(id)
    else counts.set(id, next)
  }

  return {
    open({ principal, session, request }, options) {
      const headers = {
        'content-type': options.contentType,
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      }
      // Nobody would read the body, so nobody would let go of it.
      if (request.method === 'HEAD') return new Response(null, { headers })
      if ((counts.get(principal.id) ?? 0) >= maxStreams.perPrincipal) {
        throw new AppError('busy', `There are ${maxStreams.perPrincipal} open streams of this token already.`)
      }
      if (total >= maxStreams.total) throw new AppError('busy', `There are ${maxStreams.total} open streams.`)
      count(principal.id, 1)
      const undo: (() => void)[] = [() => count(principal.id, -1)]
      const release = () => {
        for (const step of undo.splice(0)) step()
      }
      const queue = createReaderQueue()
      let controller: ReadableStreamDefaultController<Uint8Array>
      let state: 'open' | 'ending' | 'closed' = 'open'
      let isWanted = false
      let uncut = () => {}
      const close = () => {
        state = 'closed'
        uncut()
        queue.clear()
      }
      const handOut = () => {
        if (!isWanted || state === 'closed') return
        const piece = queue.take()
        if (piece !== null) {
          isWanted = false
          controller.enqueue(piece)
        } else if (state === 'ending') {
          close()
          controller.close()
        }
      }
      /** Anew with each piece that is asked for. */
      const awaitReader = () => {
        uncut()
        uncut = clock.after(DRAIN_MS, () => {
          close()
          controller.error(new Error('the reader does not read'))
        })
      }
      /** It gets what waits if it reads; if it does not, nothing is kept for it. */
      const end = () => {
        if (state !== 'open') return
        state = 'ending'
        release()
        if (queue.bytes > 0) return awaitReader()
        close()
        controller.close()
      }
      let longest = 0
      const push = (texts: readonly string[]) => {
        if (state !== 'open' || texts.length === 0) return
        // What was kept comes at once, however much; only what waits beside it can be too much.
        const before = queue.bytes
        const isFull = before > MAX_QUEUED_BYTES + longest
        for (const text of isFull ? [options.overflow] : texts) queue.add(text)
        longest = Math.max(longest, queue.bytes - before)
        // What is said at once goes out together.
        if (isWanted) queueMicrotask(handOut)
        if (isFull) end()
      }
      const body = new ReadableStream<Uint8Array>(
        {
          async start(its) {
            controller = its
            undo.push(
              onAbort([request.signal, closing], end),
              access.onRevoked((id) => id === principal.id && end()),
              access.onLapsed((id) => id === principal.id && end()),
              access.sessions.onEnded((id) => id === session?.id && end()),
            )
            // It may have ended since it was asked, when nobody listened yet.
            if (!access.isCurrent({ principal, session })) return end()
            undo.push(startRepeating(clock, HEARTBEAT_MS, () => push([options.heartbeat])))
            const stop = await options.start(push, end).catch((error: unknown) => {
              close()
              release()
              throw error
            })
            if (state === 'open') undo.push(stop)
            else stop()
          },
          pull() {
            isWanted = true
            if (state === 'ending') awaitReader()
            handOut()
          },
          cancel() {
            close()
            release()
          },
        },
        // Nothing waits here: the queue knows what each reader keeps.
        new CountQueuingStrategy({ highWaterMark: 0 }),
      )
      return new Response(body, { headers })
    },
  }
}

/** So that what goes to many readers is one text in the memory of all, also of those that were reading its history. */
export function renderOnce<T extends object>(render: (item: T) => string): (item: T) => string {
  const known = new WeakMap<T, string>()
  return (item) => {
    const text = known.get(item) ?? render(item)
    known.set(item, text)
    return text
  }
}

/** Items that came while a history was read go out in pieces: with all of them in one, nothing would bound them. */
const LATE_ITEMS = 100

/**
 * What was kept, then what is new, without a gap or a double: the source is subscribed to first, and what it says
 * while the history is read waits until that is sent.
 */
export async function joinHistory<T>(source: {
  readonly read: () => Promise<readonly T[]>
  readonly subscribe: (listener: (item: T) => void) => (() => void) | Promise<() => void>
  readonly orderOf: (item: T) => number
  /** All that is due at once: history is one piece, however long, since its reader could not keep up with single ones. */
  readonly push: (items: readonly T[]) => void
}): Promise<() => void> {
  let last = -1
  let waiting: T[] | null = []
  const send = (items: readonly T[]) => {
    const fresh = items.filter((item) => source.orderOf(item) > last)
    const newest = fresh.at(-1)
    if (newest === undefined) return
    last = source.orderOf(newest)
    source.push(fresh)
  }
  const stop = await source.subscribe((item) => (waiting === null ? send([item]) : void waiting.push(item)))
  try {
    send(await source.read())
  } catch (error) {
    stop()
    throw error
  }
  const late = waiting
  waiting = null
  for (let at = 0; at < late.length; at += LATE_ITEMS) send(late.slice(at, at + LATE_ITEMS))
  return stop
}

function onAbort(signals: readonly AbortSignal[], listener: () => void): () => void {
  for (const signal of signals) signal.addEventListener('abort', listener)
  return () => {
    for (const signal of signals) signal.removeEventListener('abort', listener)
  }
}
