/** Writes one server's log: numbered, in batches behind the caller's back, rotated, and honest about what it dropped. */
import { mkdir, open, type FileHandle } from 'node:fs/promises'
import type { Clock } from '../../domain/clock.ts'
import type { LogLine, LogStream } from '../../domain/log-line.ts'
import { buildSegmentPath, findEnd, listSegments, type Segment } from './log-segments.ts'
import { PACKED, removeSegment, removeUnfinished, statSegment } from './segment-files.ts'

/** Lines not yet written; more are dropped and counted. Bytes. */
const MAX_QUEUED = 1024 * 1024
/** Of one write: the memory of large ones is not given back for long. */
const WRITE_BYTES = 64 * 1024
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
  /** A closed file, and never of one writer two at once. It may be removed meanwhile. */
  readonly pack: (path: string) => Promise<void>
}

export interface LogWriter {
  /**
   * Never blocks, never throws. The platform's own lines are never dropped by the flood limit. `read` is called at once
   * if the line is let in, and else never.
   */
  offer(stream: LogStream, bytes: number, read: () => string): void
  /** Lines dropped since the platform started, each stream by itself. */
  dropped(): DroppedLines
  /** Removes files whose last line is older; a file that is still written to is closed first when it is. */
  removeBefore(time: number): Promise<void>
  /** Resolves when everything accepted so far is written or counted as dropped. */
  flush(): Promise<void>
  close(): Promise<void>
}

export type DroppedLines = { readonly [K in LogStream]: number }

type Pending = {
  readonly time: number
  readonly stream: LogStream
  readonly text: string
  /** It tells of so many dropped lines. */
  readonly told?: number
}

export function createLogWriter(options: LogWriterOptions): LogWriter {
  const { clock } = options
  let queue: Pending[] = []
  let queuedBytes = 0
  let credit = BURST
  let creditAt = clock.monotonic()
  let flooding = false
  /** Not told in the log yet, and since the start. */
  let untold = 0
  const dropped = { stdout: 0, stderr: 0, platform: 0 }
  let seq = -1
  let file: { readonly handle: FileHandle; readonly bytes: number } | null = null
  let failing = false
  let closed = false
  let writing: Promise<void> | null = null
  let packing: Promise<void> = Promise.resolve()
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

  const push = (stream: LogStream, text: string, told?: number) => {
    queue.push({ time: clock.now(), stream, text, ...(told === undefined ? {} : { told }) })
    queuedBytes += text.length + LINE_COST
    writing ??= writeAll().finally(() => {
      writing = null
    })
  }

  const reportDropped = () => {
    if (untold === 0) return
    const count = untold
    untold = 0
    push(
      'platform',
      `${count} ${count === 1 ? 'line was' : 'lines were'} dropped here: more came than could be written`,
      count,
    )
  }

  /** A line that itself said how many were dropped gives its number back, and is no line of the server's. */
  const drop = ({ stream, told }: Pick<Pending, 'stream' | 'told'>) => {
    untold += told ?? 1
    if (told === undefined) dropped[stream]++
  }

  const openFile = async (firstSeq: number) => {
    await mkdir(options.dir, { recursive: true, mode: 0o700 })
    const handle = await open(buildSegmentPath(options.dir, firstSeq), 'a', 0o600)
    // One that nobody closes ends the whole process once it is collected.
    const { size } = await handle.stat().catch(async (error: unknown) => {
      await handle.close().catch(() => undefined)
      throw error
    })
    const opened = { handle, bytes: size }
    file = opened
    const segments = await listSegments(options.dir)
    const spare = Math.max(0, segments.length - options.maxFiles)
    for (const old of segments.slice(0, spare)) await removeSegment(old.path)
    packClosed(segments.slice(spare, -1))
    return opened
  }

  /** Beside the writing: what is packed is only smaller, and a flood does not wait. What fails stays plain until the next one. */
  const packClosed = (segments: readonly Segment[]) => {
    for (const { path } of segments.filter((segment) => !segment.path.endsWith(PACKED)))
      packing = packing.then(() => (closed ? undefined : options.pack(path)))
  }

  const closeFile = async () => {
    const open = file
    file = null
    await open?.handle.close()
  }

  const resume = async () => {
    await removeUnfinished(options.dir)
    const end = await findEnd(options.dir)
    if (end.segment !== null) {
      const opened = await openFile(end.segment.firstSeq)
      try {
        // A line that a dead daemon left half written becomes one that readers skip.
        if (!end.whole) await opened.handle.appendFile('\n')
      } catch (error) {
        await closeFile()
        throw error
      }
    }
    seq = end.lastSeq
  }

  /** Bytes of as many lines from `start` on as the segment and one write take; at least one. */
  const fill = (lines: readonly Pending[], start: number, room: number) => {
    const parts: string[] = []
    const written: LogLine[] = []
    let bytes = 0
    for (const { time, stream, text } of lines.slice(start)) {
      const line: LogLine = { seq: seq + 1 + written.length, time, stream, text }
      const part = JSON.stringify(line) + '\n'
      bytes += Buffer.byteLength(part)
      if (written.length > 0 && bytes > Math.min(room, WRITE_BYTES)) break
      parts.push(part)
      written.push(line)
    }
    return { data: Buffer.from(parts.join('')), lines: written }
  }

  /** Answers how many lines are stored. Every segment stays within its size, whatever the lines become as JSON. */
  const writeSome = async (batch: readonly Pending[], start: number): Promise<number> => {
    if (seq < 0) await resume()
    const { handle, bytes } = file ?? (await openFile(seq + 1))
    const { data, lines } = fill(batch, start, options.maxBytes - bytes)
    if (bytes > 0 && bytes + data.length > options.maxBytes) {
      await closeFile()
      return 0
    }
    try {
      await handle.appendFile(data)
    } catch (error) {
      // Nothing of what counts as dropped may stay: its numbers are given to the next lines.
      await handle.truncate(bytes).catch(async () => {
        seq = -1
        await closeFile().catch(() => undefined)
      })
      throw error
    }
    file = { handle, bytes: bytes + data.length }
    seq += lines.length
    for (const line of lines) options.onLine(line)
    return lines.length
  }

  const removeOld = async (time: number) => {
    const segments = await listSegments(options.dir)
    for (const { path } of segments) {
      const facts = await statSegment(path)
      if (facts === null) continue
      if (facts.mtimeMs >= time) return
      if (path === segments.at(-1)?.path) {
        // The numbers go on from an empty file.
        if (seq < 0) await resume()
        await closeFile()
        const next = buildSegmentPath(options.dir, seq + 1)
        if (next === path) return
        await openFile(seq + 1)
      }
      await removeSegment(path)
    }
  }

  const writeAll = async () => {
    // Lets a burst gather into one batch.
    await new Promise((resolve) => setImmediate(resolve))
    while (queue.length > 0) {
      const batch = queue
      let stored = 0
      queue = []
      try {
        while (stored < batch.length) stored += await writeSome(batch, stored)
        failing = false
      } catch (error) {
        for (const line of batch.slice(stored)) drop(line)
        if (!failing) options.onFailure(error)
        failing = true
      }
      queuedBytes = queue.reduce((sum, line) => sum + line.text.length + LINE_COST, 0)
    }
  }

  return {
    offer(stream, bytes, read) {
      if (closed) return
      if (stream !== 'platform' && !admit(bytes + LINE_COST)) {
        drop({ stream })
        return
      }
      if (!failing) reportDropped()
      push(stream, read())
    },
    dropped: () => ({ ...dropped }),
    async removeBefore(time) {
      await written()
      // In the place of a batch, so that none is written meanwhile.
      writing = removeOld(time)
        .then(() => (queue.length > 0 ? writeAll() : undefined))
        .finally(() => {
          writing = null
        })
      await writing
    },
    async flush() {
      if (!failing) reportDropped()
      await written()
    },
    async close() {
      if (!failing) reportDropped()
      closed = true
      await written()
      await closeFile()
      await packing
    },
  }
}
