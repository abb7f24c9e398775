/** Call records on their way to the log: gathered in memory, written in batches, never on the way of a call. */
import type { Clock } from '../domain/clock.ts'
import type { Logger } from '../system/log.ts'
import type { CallLog, CallRecord } from './ports.ts'

/** One transaction: about 5 ms of the event loop, and one sync of the disk. */
const BATCH = 1000
const FLUSH_MS = 1000
/** While the log cannot be written; the oldest are given up first, and their number is logged. */
const MAX_KEPT = 20_000

export interface CallRecords {
  add(record: CallRecord): void
  /** Writes what is left. */
  close(): Promise<void>
}

export function createCallRecords(log: CallLog, clock: Clock, logger: Logger): CallRecords {
  let kept: CallRecord[] = []
  let writing: Promise<void> | null = null
  let cancelTimer: (() => void) | null = null

  const trim = () => {
    if (kept.length <= MAX_KEPT) return
    logger.error('call records were dropped', { records: BATCH })
    kept = kept.slice(BATCH)
  }
  const write = async () => {
    while (kept.length > 0) {
      const batch = kept.splice(0, BATCH)
      try {
        await log.append(batch)
      } catch (err) {
        logger.error('call records could not be written', { err, records: batch.length })
        kept.unshift(...batch)
        trim()
        return
      }
    }
  }
  const flush = () => {
    cancelTimer?.()
    cancelTimer = null
    writing ??= write().finally(() => {
      writing = null
      if (kept.length > 0) cancelTimer ??= clock.after(FLUSH_MS, flush)
    })
  }

  return {
    add(record) {
      kept.push(record)
      trim()
      if (kept.length === BATCH) flush()
      else cancelTimer ??= clock.after(FLUSH_MS, flush)
    },
    async close() {
      cancelTimer?.()
      await writing
      await write()
      cancelTimer?.()
    },
  }
}
