/**
 * A closed log segment, packed: a gzip file that `zcat` reads, made of members (RFC 1952 §2.2) of whole lines. Each says
 * how long it is in a field of its own, so that one after the other is found, and read from the end too, without
 * unpacking what is before it.
 */
import { open, rename, unlink, utimes, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { crc32, deflateRaw, inflateRaw } from 'node:zlib'
import { syncDirectory } from '../../system/files.ts'
import { isMissing, PACKED, readInto, removeSegment, UNFINISHED } from './segment-files.ts'

/** Of lines in one member: reading it takes about two milliseconds of the event loop. */
const MEMBER_BYTES = 128 * 1024
const HEADER_BYTES = 20
const TRAILER_BYTES = 8
/** What a member may claim to be; one line is never longer. */
const MAX_MEMBER_BYTES = 16 * 1024 * 1024

const deflate = promisify(deflateRaw)
const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw)

export type Member = { readonly at: number; readonly bytes: number }

/** Puts the packed file in the place of the plain one: whole, or not at all. What rotation removed meanwhile stays away. */
export async function packSegment(path: string): Promise<void> {
  const unfinished = `${path}${PACKED}${UNFINISHED}`
  try {
    const { atime, mtime } = await writePacked(path, unfinished)
    // When its last line was written is what it is kept by.
    await utimes(unfinished, atime, mtime)
    await rename(unfinished, path + PACKED)
  } catch (error) {
    await unlink(unfinished).catch(() => undefined)
    if (isMissing(error)) return
    throw error
  }
  await syncDirectory(dirname(path))
  await unlink(path).catch(async (error: unknown) => {
    if (!isMissing(error)) throw error
    await removeSegment(path)
  })
}

async function writePacked(path: string, target: string) {
  const source = await open(path, 'r')
  try {
    const facts = await source.stat()
    const packed = await open(target, 'w', 0o600)
    try {
      for await (const lines of readWholeLines(source)) await packed.writeFile(await buildMember(lines))
      await packed.sync()
    } finally {
      await packed.close()
    }
    return facts
  } finally {
    await source.close()
  }
}

/** The end of a file may be a line that was never finished: it is kept as it is. */
async function* readWholeLines(source: FileHandle): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  for (;;) {
    const { bytesRead, buffer } = await source.read(Buffer.allocUnsafeSlow(MEMBER_BYTES), 0, MEMBER_BYTES)
    if (bytesRead === 0) break
    const data = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
    const end = data.lastIndexOf(10) + 1
    if (end > 0) yield data.subarray(0, end)
    rest = data.subarray(end)
  }
  if (rest.length > 0) yield rest
}

async function buildMember(data: Buffer): Promise<Buffer> {
  const body = await deflate(data)
  const bytes = HEADER_BYTES + body.length + TRAILER_BYTES
  const header = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, 0x68, 0x6c, 4, 0, 0, 0, 0, 0])
  header.writeUInt32LE(bytes, 16)
  const trailer = Buffer.alloc(TRAILER_BYTES)
  trailer.writeUInt32LE(crc32(data), 0)
  trailer.writeUInt32LE(data.length, 4)
  return Buffer.concat([header, body, trailer])
}

/** Up to the first that is not one of ours or is not all there. */
export async function listMembers(handle: FileHandle): Promise<readonly Member[]> {
  const { size } = await handle.stat()
  const found: Member[] = []
  const header = Buffer.alloc(HEADER_BYTES)
  for (let at = 0; at < size;) {
    const bytesRead = await readInto(handle, header, { from: 0, to: HEADER_BYTES, position: at })
    const bytes = header.readUInt32LE(16)
    const isOurs = bytesRead === HEADER_BYTES && header.readUInt32BE(0) === 0x1f8b0804
    if (!isOurs || bytes <= HEADER_BYTES + TRAILER_BYTES || at + bytes > size || bytes > MAX_MEMBER_BYTES)
      break
    found.push({ at, bytes })
    at += bytes
  }
  return found
}

/** Its lines; empty where the disk gave back something else than was written. */
export async function readMember(handle: FileHandle, { at, bytes }: Member): Promise<Buffer> {
  const data = Buffer.allocUnsafeSlow(bytes)
  const bytesRead = await readInto(handle, data, { from: 0, to: bytes, position: at })
  const body = data.subarray(HEADER_BYTES, bytes - TRAILER_BYTES)
  const lines = await inflate(body, { maxOutputLength: MAX_MEMBER_BYTES }).catch(() => Buffer.alloc(0))
  const isWhole = bytesRead === bytes && crc32(lines) === data.readUInt32LE(bytes - TRAILER_BYTES)
  return isWhole ? lines : Buffer.alloc(0)
}
