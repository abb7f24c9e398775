/** A zip as the archive rules of this platform want it: no extra fields, no data descriptors, one name one entry. */
import { promisify } from 'node:util'
import { crc32, deflateRaw } from 'node:zlib'

/** A regular file: `path` relative with forward slashes, `mode` the permission bits. */
export type ZipEntry = { readonly path: string; readonly data: Uint8Array; readonly mode: number }

const deflate = promisify(deflateRaw)
const UTF8_NAMES = 0x0800
const DEFLATED = 8
const STORED = 0
const MADE_BY_UNIX = (3 << 8) | 20
const REGULAR_FILE = 0o100000
/** 1980-01-01 00:00, the earliest that the format knows: the same files give the same bytes. */
const FIXED_DATE = (1 << 5) | 1

/** Entries stand in the order given. At most 65,535 entries and 4 GiB: the format without its 64-bit extension. */
export async function buildZip(entries: readonly ZipEntry[]): Promise<Uint8Array> {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { path, data, mode } of entries) {
    const name = Buffer.from(path)
    const deflated = await deflate(data)
    const body = deflated.length < data.length ? deflated : data
    const shared = Buffer.alloc(26)
    shared.writeUInt16LE(20, 0)
    shared.writeUInt16LE(UTF8_NAMES, 2)
    shared.writeUInt16LE(body === deflated ? DEFLATED : STORED, 4)
    shared.writeUInt16LE(FIXED_DATE, 8)
    shared.writeUInt32LE(crc32(data), 10)
    shared.writeUInt32LE(body.length, 14)
    shared.writeUInt32LE(data.length, 18)
    shared.writeUInt16LE(name.length, 22)
    bodies.push(Buffer.from('PK\u0003\u0004'), shared, name, Buffer.from(body))
    const central = Buffer.alloc(14)
    central.writeUInt32LE(((REGULAR_FILE | (mode & 0o777)) << 16) >>> 0, 6)
    central.writeUInt32LE(offset, 10)
    const madeBy = Buffer.alloc(2)
    madeBy.writeUInt16LE(MADE_BY_UNIX)
    directory.push(Buffer.from('PK\u0001\u0002'), madeBy, shared, central, name)
    offset += 4 + shared.length + name.length + body.length
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0)
  if (entries.length > 0xffff || offset + size > 0xffffffff) throw new RangeError('too much for a zip')
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(size, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...bodies, ...directory, Buffer.from('PK\u0005\u0006'), end])
}
