/** The logs of all servers: one directory each, kept over restarts of server and daemon, followed live. */
import { rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../domain/clock.ts'
import type { ServerId } from '../../domain/id.ts'
import { buildLogMatcher, type LogLine, type LogQuery, type LogStream } from '../../domain/log-line.ts'
import type { LogHits, LogSearch } from '../../domain/log-search.ts'
import { measureDisk } from '../../system/disk-use.ts'
import { listServerFolders } from '../../system/files.ts'
import type { Logger } from '../../system/log.ts'
import { listSegments, readBackward, readForward } from './log-segments.ts'
import { searchSegments } from './log-search.ts'
import { createLogWriter, type DroppedLines, type LogWriter } from './log-writer.ts'
import { packSegment } from './packed-segment.ts'
import { removeSegment, removeUnfinished, statSegment } from './segment-files.ts'

/** Of one answer; with a cursor the rest can be had. Lines, bytes of text: what is no ASCII takes several times as much. */
const DEFAULT_LIMIT = 1000
const MAX_LIMIT = 10_000
const MAX_TEXT_BYTES = 2 * 1024 * 1024

/** Of files, at once: reading is work of one thread, so more of it only takes more memory. */
const READS = 4
/** Packing takes the threads that all work with files is done by. */
const PACKS = 1

const NONE_DROPPED: DroppedLines = { stdout: 0, stderr: 0, platform: 0 }

type OldLogs = {
  readonly files: number
  readonly bytes: number
  /** Of the newest of them, milliseconds since the epoch. */
  readonly at: number
}

export type LogFilesOptions = {
  readonly dir: string
  readonly clock: Clock
  readonly logger: Logger
  /** A segment is closed at this size, the oldest removed beyond this number. 10 MiB × 5 if absent. */
  readonly maxBytes?: number
  readonly maxFiles?: number
}

export interface LogFiles {
  append(serverId: ServerId, stream: LogStream, text: string): void
  /** The same for a text of about so many bytes, which is read only if it is let in. */
  offer(serverId: ServerId, stream: LogStream, bytes: number, read: () => string): void
  read(serverId: ServerId, filter: LogQuery): Promise<readonly LogLine[]>
  search(serverId: ServerId, search: LogSearch, signal: AbortSignal): Promise<LogHits>
  /** Each line once it is stored. A listener that throws is logged. */
  follow(serverId: ServerId, listener: (line: LogLine) => void): () => void
  remove(serverId: ServerId): Promise<void>
  /** Servers that have any. */
  list(): Promise<readonly ServerId[]>
  /** Lines dropped since the platform started. */
  dropped(serverId: ServerId): DroppedLines
  /** Files whose last line is older; null when there are none. */
  findOlder(serverId: ServerId, time: number): Promise<OldLogs | null>
  /** Removes them; returns the bytes that came free. */
  removeOlder(serverId: ServerId, time: number): Promise<number>
  measure(serverId: ServerId): Promise<number>
  close(): Promise<void>
}

export function createLogFiles(options: LogFilesOptions): LogFiles {
  const { clock, logger, maxBytes = 10 * 1024 * 1024, maxFiles = 5 } = options
  const writers = new Map<ServerId, LogWriter>()
  const followers = new Map<ServerId, Set<(line: LogLine) => void>>()
  const takeTurn = createTurns(READS)
  const takePackTurn = createTurns(PACKS)
  const dirOf = (serverId: ServerId) => join(options.dir, serverId)

  const tell = (serverId: ServerId, line: LogLine) => {
    for (const listener of followers.get(serverId) ?? []) {
      try {
        listener(line)
      } catch (error) {
        logger.error('A log follower failed', { server_id: serverId, err: error })
      }
    }
  }

  const writerOf = (serverId: ServerId): LogWriter => {
    const known = writers.get(serverId)
    if (known !== undefined) return known
    const writer = createLogWriter({
      dir: dirOf(serverId),
      clock,
      maxBytes,
      maxFiles,
      onLine: (line) => tell(serverId, line),
      onFailure: (error) =>
        logger.error('Log lines of a server cannot be written', { server_id: serverId, err: error }),
      pack: (path) =>
        takePackTurn(() => packSegment(path)).catch((error: unknown) =>
          logger.warn('A log file could not be packed and stays as it is', {
            server_id: serverId,
            err: error,
          }),
        ),
    })
    writers.set(serverId, writer)
    return writer
  }

  return {
    append: (serverId, stream, text) => writerOf(serverId).offer(stream, text.length, () => text),
    offer: (serverId, stream, bytes, read) => writerOf(serverId).offer(stream, bytes, read),
    async read(serverId, filter) {
      await writers.get(serverId)?.flush()
      return takeTurn(async () => {
        const segments = await listSegments(dirOf(serverId))
        const { before = Infinity } = filter
        const paths = segments.filter(({ firstSeq }) => firstSeq < before).map((segment) => segment.path)
        if (filter.tail !== undefined) return collectTail(paths, filter, filter.tail)
        const after = filter.after ?? 0
        const first = segments.findLastIndex((segment) => segment.firstSeq <= after + 1)
        return collectForward(paths.slice(Math.max(first, 0)), filter)
      })
    },
    async search(serverId, search, signal) {
      await writers.get(serverId)?.flush()
      return takeTurn(async () => searchSegments(await listSegments(dirOf(serverId)), search, signal))
    },
    follow(serverId, listener) {
      const listeners = followers.get(serverId) ?? new Set()
      followers.set(serverId, listeners.add(listener))
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) followers.delete(serverId)
      }
    },
    async remove(serverId) {
      const writer = writers.get(serverId)
      writers.delete(serverId)
      await writer?.close()
      for (const segment of await listSegments(dirOf(serverId))) await removeSegment(segment.path)
      await removeUnfinished(dirOf(serverId))
      await rmdir(dirOf(serverId)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    },
    list: () => listServerFolders(options.dir),
    dropped: (serverId) => writers.get(serverId)?.dropped() ?? NONE_DROPPED,
    async findOlder(serverId, time) {
      const found = await Promise.all(
        (await listSegments(dirOf(serverId))).map(({ path }) => statSegment(path).catch(() => null)),
      )
      const old = found.filter((facts) => facts !== null && facts.mtimeMs < time && facts.size > 0)
      if (old.length === 0) return null
      return {
        files: old.length,
        bytes: old.reduce((sum, facts) => sum + (facts?.blocks ?? 0) * 512, 0),
        at: Math.round(Math.max(...old.map((facts) => facts?.mtimeMs ?? 0))),
      }
    },
    async removeOlder(serverId, time) {
      const before = await measureDisk(dirOf(serverId))
      await writerOf(serverId).removeBefore(time)
      return before.bytes - (await measureDisk(dirOf(serverId))).bytes
    },
    measure: async (serverId) => (await measureDisk(dirOf(serverId))).bytes,
    async close() {
      await Promise.all([...writers.values()].map((writer) => writer.close()))
    },
  }
}

/** Runs as many tasks at once as there are places, the others in the order they came. */
function createTurns(places: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let free = places
  return async (task) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    else free--
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}

async function collectForward(paths: readonly string[], filter: LogQuery): Promise<LogLine[]> {
  const matches = buildLogMatcher(filter)
  const limit = Math.min(filter.limit ?? DEFAULT_LIMIT, MAX_LIMIT)
  const found: LogLine[] = []
  let text = 0
  for (const path of paths) {
    for await (const line of readForward(path)) {
      if (!matches(line)) continue
      const bytes = Buffer.byteLength(line.text)
      if (found.length >= limit || text + bytes > MAX_TEXT_BYTES) return found
      text += bytes
      found.push(line)
    }
  }
  return found
}

async function collectTail(paths: readonly string[], filter: LogQuery, tail: number): Promise<LogLine[]> {
  const matches = buildLogMatcher(filter)
  const limit = Math.min(tail, filter.limit ?? MAX_LIMIT, MAX_LIMIT)
  const found: LogLine[] = []
  let text = 0
  for (const path of paths.toReversed()) {
    for await (const line of readBackward(path)) {
      if (line.seq >= (filter.before ?? Infinity)) continue
      const bytes = Buffer.byteLength(line.text)
      const enough = found.length >= limit || text + bytes > MAX_TEXT_BYTES
      if (enough || line.seq <= (filter.after ?? 0)) return found.toReversed()
      if (!matches(line)) continue
      text += bytes
      found.push(line)
    }
  }
  return found.toReversed()
}
