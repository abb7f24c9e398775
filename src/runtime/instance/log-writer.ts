/** Writes one server's log: numbered, in batches behind the caller's back, rotated, and honest about what it dropped. */
import { mkdir, open, unlink, type FileHandle } from 'node:fs/promises'
import type { Clock } from '../../domain/clock.ts'
import type { LogLine, LogStream } from '../../domain/log-line.ts'
import { buildSegmentPath, findEnd, listSegments } from './log-segments.ts'

/** Lines not yet written; more are dropped and counted. Bytes. */
const MAX_QUEUED = 1024 * 1024
/** A flood is let in up to a burst, then at a rate; each line costs its bytes and this much. Bytes, bytes a second. */
const LINE_COST = 64
const BURST = 4 * 1024 * 1024
const RATE = 1024 * 1024
/** Once dropping it goes on until there is room for a stretch of lines worth reading. */
const RESUME_AT = BURST / 8

export type LogWriterOptions = {
  readonly dir: string
  readonly clock: Clock
  /** A segment is closed at this size; bytes. */
  readonly maxBytes: number
  readonly maxFiles: number
  readonly onLine: (line: LogLine) => void
  /** Once when writing begins to fail, for example on a full disk. */
  readonly onFailure: (error: unknown) => void
}

export interface LogWriter {
  /** Never blocks, never throws. The platform's own lines are never dropped by the flood limit. */
  append(stream: LogStream, text: string): void
  /** Resolves when everything accepted so far is written or counted as dropped. */
  flush(): Promise<void>
  close(): Promise<void>
}

type Pending = { readonly time: number; readonly stream: LogStream; readonly text: string }

export function createLogWriter(options: LogWriterOptions): LogWriter {
  const { clock } = options
  let queue: Pending[] = []
  let queuedBytes = 0
  let credit = BURST
  let creditAt = clock.monotonic()
  let flooding = false
  let dropped = 0
  let seq = -1
  let file: { readonly handle: FileHandle; readonly bytes: number } | null = null
  let failing = false
  let closed = false
  let writing: Promise<void> | null = null
  const written = async () => {
    for (let batch = writing; batch !== null; batch = writing) await batch
  }

  const admit = (bytes: number): boolean => {
    const now = clock.monotonic()
    credit = Math.min(BURST, credit + ((now - creditAt) / 1000) * RATE)
    creditAt = now
    const needed = flooding ? RESUME_AT : bytes
    flooding = credit < needed || queuedBytes + bytes > MAX_QUEUED
    if (flooding) return false
    credit -= bytes
    return true
  }

  const push = (stream: LogStream, text: string) => {
    queue.push({ time: clock.now(), stream, text })
    queuedBytes += text.length + LINE_COST
    writing ??= writeAll().finally(() => {
      writing = null
    })
  }

  const reportDropped = () => {
    if (dropped === 0) return
    const count = dropped
    dropped = 0
    push(
      'platform',
      `${count} ${count === 1 ? 'line was' : 'lines were'} dropped here: more came than could be written`,
    )
  }

  const openFile = async (firstSeq: number) => {
    await mkdir(options.dir, { recursive: true, mode: 0o700 })
    const handle = await open(buildSegmentPath(options.dir, firstSeq), 'a', 0o600)
    const opened = { handle, bytes: (await handle.stat()).size }
    file = opened
    const segments = await listSegments(options.dir)
    for (const old of segments.slice(0, Math.max(0, segments.length - options.maxFiles)))
      await unlink(old.path)
    return opened
  }

  const resume = async () => {
    const end = await findEnd(options.dir)
    if (end.segment !== null) {
      const opened = await openFile(end.segment.firstSeq)
      // A line that a dead daemon left half written becomes one that readers skip.
      if (!end.whole) await opened.handle.appendFile('\n')
    }
    seq = end.lastSeq
  }

  const writeBatch = async (batch: readonly Pending[]) => {
    if (seq < 0) await resume()
    if (file !== null && file.bytes >= options.maxBytes) {
      await file.handle.close()
      file = null
    }
    const { handle, bytes } = file ?? (await openFile(seq + 1))
    const lines = batch.map((line, index): LogLine => ({ seq: seq + 1 + index, ...line }))
    const data = Buffer.from(lines.map((line) => JSON.stringify(line) + '\n').join(''))
    try {
      await handle.appendFile(data)
    } catch (error) {
      // Nothing of a batch that counts as dropped may stay: its numbers are given to the next lines.
      await handle.truncate(bytes)
      throw error
    }
    file = { handle, bytes: bytes + data.length }
    seq += batch.length
    for (const line of lines) options.onLine(line)
  }

  const writeAll = async () => {
    // Lets a burst gather into one batch.
    await new Promise((resolve) => setImmediate(resolve))
    while (queue.length > 0) {
      const batch = queue
      queue = []
      try {
        await writeBatch(batch)
        failing = false
      } catch (error) {
        dropped += batch.length
        if (!failing) options.onFailure(error)
        failing = true
      }
      queuedBytes = queue.reduce((sum, line) => sum + line.text.length + LINE_COST, 0)
    }
  }

  return {
    append(stream, text) {
      if (closed) return
      if (stream !== 'platform' && !admit(text.length + LINE_COST)) {
        dropped++
        return
      }
      if (!failing) reportDropped()
      push(stream, text)
    },
    async flush() {
      if (!failing) reportDropped()
      await written()
    },
    async close() {
      if (!failing) reportDropped()
      closed = true
      await written()
      await file?.handle.close()
      file = null
    },
  }
}
