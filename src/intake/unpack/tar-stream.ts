/** The tar inside a compressed file: one gzip member or one zstd frame, and nothing after it. */
import { Readable } from 'node:stream'
import { constants, crc32, createZstdDecompress } from 'node:zlib'
import type { ArchiveFormat } from '../../domain/archive.ts'
import { inflateRange, isZlibError, readAt, readChunks } from './byte-range.ts'
import { ArchiveReject } from './reject.ts'

/** zstd's own default; a frame that wants a larger window is refused by the decoder. */
const WINDOW_LOG_MAX = 27

/** Unpacked bytes; ends with an error when the container is not exactly one piece. */
export function openTarStream(
  descriptor: number,
  size: number,
  format: Exclude<ArchiveFormat, 'zip'>,
): AsyncIterable<Buffer> {
  if (format === 'tar.gz') return readGzip(descriptor, size)
  if (format === 'tar.zst') return readZstd(descriptor, size)
  return Readable.from(readChunks(descriptor, 0, size), { objectMode: false })
}

const refuseGzip = (why: string, offset: number): never => {
  throw new ArchiveReject('TAR_GZIP', why, { offset })
}

/** RFC 1952, read by us: Node's gunzip joins members and ignores what follows them. */
async function* readGzip(descriptor: number, size: number): AsyncGenerator<Buffer> {
  const start = gzipHeaderBytes(readAt(descriptor, 0, 64 * 1024))
  const inflated = inflateRange(descriptor, start, size)
  let crc = 0
  let bytes = 0
  try {
    for await (const chunk of inflated.chunks) {
      crc = crc32(chunk, crc)
      bytes += chunk.length
      yield chunk
    }
  } catch (error) {
    if (!isZlibError(error)) throw error
    refuseGzip('the gzip is broken or cut', start)
  }
  const end = start + inflated.consumed()
  const trailer = readAt(descriptor, end, 8)
  if (trailer.length < 8) refuseGzip('the gzip is cut', end)
  if (trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== bytes % 2 ** 32) {
    refuseGzip('the checksum of the gzip does not match', end)
  }
  if (end + 8 !== size) refuseGzip('there are bytes after the gzip member', end + 8)
}

function gzipHeaderBytes(head: Buffer): number {
  const flags = head[3] ?? 0
  if (head.length < 18 || head[2] !== 8 || (flags & 0xe0) !== 0) refuseGzip('the gzip header is broken', 0)
  let at = 10
  if ((flags & 4) !== 0) at += 2 + head.readUInt16LE(at)
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue
    const end = head.indexOf(0, at)
    if (end === -1) refuseGzip('the gzip header is broken', at)
    at = end + 1
  }
  if ((flags & 2) !== 0) at += 2
  return at
}

async function* readZstd(descriptor: number, size: number): AsyncGenerator<Buffer> {
  const end = zstdFrameEnd(descriptor, size)
  if (end !== size)
    throw new ArchiveReject('TAR_ZSTD', 'there are bytes after the zstd frame', { offset: end })
  const engine = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX } })
  const source = Readable.from(readChunks(descriptor, 0, size), { objectMode: false })
  source.on('error', (error) => engine.destroy(error))
  engine.on('close', () => source.destroy())
  source.pipe(engine)
  try {
    for await (const chunk of engine) yield chunk
  } catch (error) {
    if (!isZlibError(error)) throw error
    throw new ArchiveReject('TAR_ZSTD', 'the zstd data is broken', { offset: 0 })
  }
}

/** Where the first frame ends (RFC 8878 §3.1.1), found by stepping over its blocks. */
function zstdFrameEnd(descriptor: number, size: number): number {
  const cut = (offset: number): never => {
    throw new ArchiveReject('TAR_ZSTD', 'the zstd frame is cut or broken', { offset })
  }
  const description = readAt(descriptor, 4, 1)[0] ?? cut(4)
  const singleSegment = (description >> 5) & 1
  const contentSizeFlag = description >> 6
  const dictionaryBytes = [0, 1, 2, 4][description & 3] ?? 0
  const contentSizeBytes = contentSizeFlag === 0 ? singleSegment : 2 ** contentSizeFlag
  let at = 5 + (1 - singleSegment) + dictionaryBytes + contentSizeBytes
  for (let last = false; !last;) {
    const block = readAt(descriptor, at, 3)
    if (block.length < 3) cut(at)
    const header = block.readUIntLE(0, 3)
    last = (header & 1) === 1
    const type = (header >> 1) & 3
    if (type === 3) cut(at)
    at += 3 + (type === 1 ? 1 : header >> 3)
  }
  at += (description & 4) === 0 ? 0 : 4
  return at > size ? cut(at) : at
}
