/** Archives written byte by byte, so that each can be wrong in exactly one way. */
import { crc32, deflateRawSync } from 'node:zlib'

export type RawEntry = {
  readonly name: string | Buffer
  readonly data?: Buffer
  readonly method?: number
  readonly flags?: number
  /** Upper half: Unix mode with type. */
  readonly attributes?: number
  /** What the headers claim instead of the truth. */
  readonly claims?: { readonly crc?: number; readonly packed?: number; readonly size?: number }
  /** What the local header alone claims. */
  readonly local?: {
    readonly name?: string
    readonly crc?: number
    readonly packed?: number
    readonly size?: number
    readonly method?: number
    readonly flags?: number
  }
  readonly extra?: Buffer
  readonly localExtra?: Buffer
  /** After the data: a data descriptor, or bytes that belong to nothing. */
  readonly after?: Buffer
  /** Where the directory says it lies. */
  readonly offset?: number
  readonly disk?: number
  readonly rawData?: Buffer
}

export type RawEnd = {
  readonly disk?: number
  readonly directoryDisk?: number
  readonly onDisk?: number
  readonly total?: number
  readonly size?: number
  readonly offset?: number
  readonly comment?: Buffer
  readonly commentLength?: number
}

const UTF8 = 0x0800
export const FILE = 0o100644 << 16

export function extraField(id: number, data: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(id, 0)
  head.writeUInt16LE(data.length, 2)
  return Buffer.concat([head, data])
}

export function descriptor(data: Buffer, packed: number, signed = true): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32LE(crc32(data), 0)
  bytes.writeUInt32LE(packed, 4)
  bytes.writeUInt32LE(data.length, 8)
  return signed ? Buffer.concat([Buffer.from('PK\x07\x08'), bytes]) : bytes
}

export function rawZip(
  entries: readonly RawEntry[],
  end: RawEnd = {},
  around: { readonly before?: Buffer; readonly between?: Buffer; readonly after?: Buffer } = {},
): Buffer {
  const before = around.before ?? Buffer.alloc(0)
  const bodies: Buffer[] = [before]
  const directory: Buffer[] = []
  let offset = before.length
  for (const entry of entries) {
    const { data = Buffer.from('x'), method = 0, flags = UTF8, claims = {}, local = {} } = entry
    const name = Buffer.from(entry.name)
    const body = entry.rawData ?? (method === 8 ? deflateRawSync(data) : data)
    const crc = claims.crc ?? crc32(data)
    const packed = claims.packed ?? body.length
    const size = claims.size ?? data.length
    const localName = Buffer.from(local.name ?? name)
    const localExtra = entry.localExtra ?? Buffer.alloc(0)
    const extra = entry.extra ?? Buffer.alloc(0)
    const head = Buffer.alloc(30)
    head.write('PK\x03\x04', 'latin1')
    head.writeUInt16LE(20, 4)
    head.writeUInt16LE(local.flags ?? flags, 6)
    head.writeUInt16LE(local.method ?? method, 8)
    head.writeUInt32LE(local.crc ?? crc, 14)
    head.writeUInt32LE(local.packed ?? packed, 18)
    head.writeUInt32LE(local.size ?? size, 22)
    head.writeUInt16LE(localName.length, 26)
    head.writeUInt16LE(localExtra.length, 28)
    const central = Buffer.alloc(46)
    central.write('PK\x01\x02', 'latin1')
    central.writeUInt16LE((3 << 8) | 20, 4)
    central.writeUInt16LE(20, 6)
    central.writeUInt16LE(flags, 8)
    central.writeUInt16LE(method, 10)
    central.writeUInt32LE(crc, 16)
    central.writeUInt32LE(packed, 20)
    central.writeUInt32LE(size, 24)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt16LE(extra.length, 30)
    central.writeUInt16LE(entry.disk ?? 0, 34)
    central.writeUInt32LE((entry.attributes ?? FILE) >>> 0, 38)
    central.writeUInt32LE(entry.offset ?? offset, 42)
    const whole = Buffer.concat([head, localName, localExtra, body, entry.after ?? Buffer.alloc(0)])
    bodies.push(whole)
    directory.push(central, name, extra)
    offset += whole.length
  }
  const between = around.between ?? Buffer.alloc(0)
  const listed = Buffer.concat(directory)
  const comment = end.comment ?? Buffer.alloc(0)
  const tail = Buffer.alloc(22)
  tail.write('PK\x05\x06', 'latin1')
  tail.writeUInt16LE(end.disk ?? 0, 4)
  tail.writeUInt16LE(end.directoryDisk ?? 0, 6)
  tail.writeUInt16LE(end.onDisk ?? end.total ?? entries.length & 0xffff, 8)
  tail.writeUInt16LE(end.total ?? entries.length & 0xffff, 10)
  tail.writeUInt32LE(end.size ?? listed.length, 12)
  tail.writeUInt32LE(end.offset ?? offset + between.length, 16)
  tail.writeUInt16LE(end.commentLength ?? comment.length, 20)
  return Buffer.concat([...bodies, between, listed, tail, comment, around.after ?? Buffer.alloc(0)])
}

export type RawHeader = {
  readonly name: string | Buffer
  readonly type?: string
  readonly data?: Buffer
  /** The size field as bytes; else octal of the data's length. */
  readonly size?: Buffer | string
  readonly link?: string
  readonly prefix?: string
  readonly magic?: string
  readonly mode?: string
  /** Added to the right checksum. */
  readonly checksumOff?: number
}

export function rawHeader(header: RawHeader): Buffer {
  const block = Buffer.alloc(512)
  Buffer.from(header.name).copy(block, 0, 0, 100)
  block.write(header.mode ?? '0000644\0', 100, 'latin1')
  block.write('0000000\0', 108, 'latin1')
  block.write('0000000\0', 116, 'latin1')
  const length = header.data?.length ?? 0
  Buffer.from(header.size ?? `${length.toString(8).padStart(11, '0')}\0`).copy(block, 124, 0, 12)
  block.write('00000000000\0', 136, 'latin1')
  block.write(header.type ?? '0', 156, 'latin1')
  block.write(header.link ?? '', 157, 'latin1')
  block.write(header.magic ?? 'ustar\x0000', 257, 'latin1')
  block.write(header.prefix ?? '', 345, 'latin1')
  block.fill(0x20, 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0) + (header.checksumOff ?? 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

export const TAR_END = Buffer.alloc(1024)

export function rawTar(headers: readonly RawHeader[], end: Buffer = TAR_END): Buffer {
  return Buffer.concat([
    ...headers.flatMap((header) => {
      const data = header.data ?? Buffer.alloc(0)
      return [rawHeader(header), data, Buffer.alloc((512 - (data.length % 512)) % 512)]
    }),
    end,
  ])
}

export function paxRecord(key: string, value: string): Buffer {
  const body = ` ${key}=${value}\n`
  let length = Buffer.byteLength(body)
  while (Buffer.byteLength(`${length}${body}`) !== length) length = Buffer.byteLength(`${length}${body}`)
  return Buffer.from(`${length}${body}`)
}
