/** What waits to be sent elsewhere: bounded, in batches, tried again with growing delays, and honest about what it dropped. */
import type { Clock } from '../../domain/clock.ts'

export type SendResult =
  | 'sent'
  /** It may be taken later. */
  | 'retry'
  /** It will never be taken. */
  | 'refused'

export interface ExportQueue<T> {
  add(items: readonly T[]): void
  /** Sends what waits, once; resolves when that is over. */
  flush(): Promise<void>
  close(): void
}

const MAX_WAITING = 4096
const BATCH = 512
const FLUSH_MS = 2000
const FIRST_RETRY_MS = 1000
const MAX_RETRY_MS = 60_000

export function createExportQueue<T>(deps: {
  readonly clock: Clock
  /** Never rejects. */
  readonly send: (batch: readonly T[]) => Promise<SendResult>
  readonly onDropped: (count: number) => void
}): ExportQueue<T> {
  const { clock, send, onDropped } = deps
  let waiting: T[] = []
  let delay = 0
  let cancel: (() => void) | null = null
  let sending: Promise<void> | null = null
  let isClosed = false

  const schedule = () => {
    if (isClosed || waiting.length === 0) return
    cancel ??= clock.after(delay === 0 ? FLUSH_MS : delay, () => {
      cancel = null
      void flush()
    })
  }
  const sendAll = async () => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH)
      const result = await send(batch)
      if (result === 'retry') {
        delay = delay === 0 ? FIRST_RETRY_MS : Math.min(MAX_RETRY_MS, delay * 2)
        return
      }
      delay = 0
      // Meanwhile the oldest may have been dropped; what was sent is at the front otherwise.
      waiting = waiting.slice(waiting.indexOf(batch.at(-1) as T) + 1)
      if (result === 'refused') onDropped(batch.length)
    }
  }
  const flush = () => {
    cancel?.()
    cancel = null
    sending ??= sendAll().finally(() => {
      sending = null
      schedule()
    })
    return sending
  }

  return {
    add(items) {
      if (isClosed) return onDropped(items.length)
      waiting.push(...items)
      const over = waiting.length - MAX_WAITING
      if (over > 0) {
        waiting = waiting.slice(over)
        onDropped(over)
      }
      if (waiting.length >= BATCH && delay === 0) void flush()
      else schedule()
    },
    flush,
    close() {
      isClosed = true
      cancel?.()
      if (waiting.length > 0) onDropped(waiting.length)
      waiting = []
    },
  }
}
