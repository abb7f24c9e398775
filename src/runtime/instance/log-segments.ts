/** A server's log on disk: NDJSON files named by the first sequence number in them, read without blocking. */
import { open, readdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { decodeJson } from '../../domain/json.ts'
import { LOG_STREAMS, type LogLine } from '../../domain/log-line.ts'
import { listMembers, readMember } from './packed-segment.ts'
import { openSegment, PACKED, readInto } from './segment-files.ts'

/** One read and one stretch of parsing: about 1 ms. */
const CHUNK_BYTES = 64 * 1024
/** Members that a search has in hand beside the one it goes through: half a MiB. */
const AHEAD = 4
const SEGMENT = /^(\d{16})\.ndjson(?:\.gz)?$/

export type Segment = { readonly path: string; readonly firstSeq: number }

const lineSchema = z.object({
  seq: z.int().nonnegative(),
  time: z.number(),
  stream: z.enum(LOG_STREAMS),
  text: z.string(),
})

export function buildSegmentPath(dir: string, firstSeq: number): string {
  return join(dir, `${String(firstSeq).padStart(16, '0')}.ndjson`)
}

/** Oldest first, each once; empty when the server has written nothing yet. */
export async function listSegments(dir: string): Promise<readonly Segment[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  // A daemon that died while it packed one left both forms: they hold the same.
  const plain = new Set(names)
  return names
    .flatMap((name) => {
      const digits = SEGMENT.exec(name)?.[1]
      if (digits === undefined || (name.endsWith(PACKED) && plain.has(name.slice(0, -PACKED.length))))
        return []
      return [{ path: join(dir, name), firstSeq: Number(digits) }]
    })
    .sort((a, b) => a.firstSeq - b.firstSeq)
}

/** Null for a line that a dead daemon or a full disk left incomplete. */
export function parseLogLine(text: string): LogLine | null {
  return lineSchema.safeParse(decodeJson(text)).data ?? null
}

/** Lines oldest first. A segment that rotation removed meanwhile reads as empty. */
export async function* readForward(path: string): AsyncGenerator<LogLine> {
  const opened = await openSegment(path)
  if (opened === null) return
  const { handle } = opened
  try {
    if (opened.isPacked) {
      for await (const lines of readMembers(handle, false)) yield* parseLines(lines)
      return
    }
    // One for all of it: one for each stretch is memory that is given back late, and there may be many readers.
    let buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
    let held = 0
    for (let position = 0; ;) {
      const bytes = await readInto(handle, buffer, { from: held, to: buffer.length, position })
      if (bytes === 0) return
      position += bytes
      const data = buffer.subarray(0, held + bytes)
      const end = data.lastIndexOf(10)
      for (const text of data.toString('utf8', 0, Math.max(end, 0)).split('\n')) {
        const line = parseLogLine(text)
        if (line !== null) yield line
      }
      // What is left begins the next stretch, however long it is.
      if (end === -1) buffer = makeRoom(buffer, buffer.length + CHUNK_BYTES)
      else buffer.copyWithin(0, end + 1, data.length)
      held = data.length - (end + 1)
    }
  } finally {
    await handle.close()
  }
}

/** Lines newest first. */
export async function* readBackward(path: string): AsyncGenerator<LogLine> {
  const opened = await openSegment(path)
  if (opened === null) return
  const { handle } = opened
  try {
    if (opened.isPacked) {
      for await (const lines of readMembers(handle, true)) yield* parseLines(lines).toReversed()
      return
    }
    let buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
    /** The first line of the stretch behind may have begun in this one. */
    let held = 0
    for (let position = (await handle.stat()).size; position > 0;) {
      const length = Math.min(CHUNK_BYTES, position)
      position -= length
      if (length + held > buffer.length) buffer = makeRoom(buffer, length + held + CHUNK_BYTES)
      buffer.copyWithin(length, 0, held)
      const bytes = await readInto(handle, buffer, { from: 0, to: length, position })
      // It became shorter meanwhile: it is being written anew.
      if (bytes < length) return
      const data = buffer.subarray(0, length + held)
      held = position === 0 ? 0 : data.indexOf(10) + 1
      if (held === 0 && position > 0) {
        held = data.length
        continue
      }
      const texts = data.toString('utf8', held).split('\n')
      for (let index = texts.length - 1; index >= 0; index--) {
        const line = parseLogLine(texts[index] ?? '')
        if (line !== null) yield line
      }
    }
  } finally {
    await handle.close()
  }
}

/** What holds all of a segment, in stretches of whole lines: one for a plain file. */
export async function* readStretches(path: string, isBackward: boolean): AsyncGenerator<Buffer> {
  const opened = await openSegment(path)
  if (opened === null) return
  try {
    if (opened.isPacked) yield* readMembers(opened.handle, isBackward, AHEAD)
    else yield await opened.handle.readFile()
  } finally {
    await opened.handle.close()
  }
}

/** @param ahead of the one that is looked at, so many are unpacked meanwhile, on other cores. */
async function* readMembers(handle: FileHandle, isBackward: boolean, ahead = 0): AsyncGenerator<Buffer> {
  const listed = await listMembers(handle)
  const members = isBackward ? listed.toReversed() : listed
  const coming: Promise<Buffer>[] = []
  try {
    for (let at = 0, next = 0; at < members.length; at++) {
      for (; next < members.length && next <= at + ahead; next++) {
        const member = readMember(handle, members[next]!)
        // Thrown where it is waited for, if anybody still waits.
        member.catch(() => undefined)
        coming.push(member)
      }
      yield await coming.shift()!
    }
  } finally {
    // The file is not closed under them.
    await Promise.allSettled(coming)
  }
}

function parseLines(lines: Buffer): readonly LogLine[] {
  return lines
    .toString('utf8')
    .split('\n')
    .flatMap((text) => parseLogLine(text) ?? [])
}

function makeRoom(buffer: Buffer, bytes: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(bytes)
  buffer.copy(larger)
  return larger
}

/**
 * Where writing goes on: the last sequence number, and the newest segment with its size and whether it ends in a whole
 * line; null where a new one is to be begun.
 */
export async function findEnd(dir: string): Promise<{
  readonly lastSeq: number
  readonly segment: Segment | null
  readonly bytes: number
  readonly whole: boolean
}> {
  const segments = await listSegments(dir)
  const segment = segments.at(-1) ?? null
  if (segment === null) return { lastSeq: 0, segment, bytes: 0, whole: true }
  let lastSeq = segment.firstSeq - 1
  for await (const line of readBackward(segment.path)) {
    lastSeq = line.seq
    break
  }
  if (segment.path.endsWith(PACKED)) return { lastSeq, segment: null, bytes: 0, whole: true }
  const handle = await open(segment.path, 'r')
  try {
    const { size } = await handle.stat()
    const last = Buffer.from('\n')
    if (size > 0) await readInto(handle, last, { from: 0, to: 1, position: size - 1 })
    return { lastSeq, segment, bytes: size, whole: last[0] === 10 }
  } finally {
    await handle.close()
  }
}
