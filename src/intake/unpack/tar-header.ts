/** One 512-byte tar header (POSIX.1-2017 ustar, and GNU), parsed strictly. */
import { ArchiveReject } from './reject.ts'

export const BLOCK = 512

export type TarHeader = {
  /** Raw bytes, prefix joined; a long name or pax path replaces it. */
  readonly name: Buffer
  readonly mode: number
  readonly size: number
  readonly type: string
}

/** Throws ArchiveReject `TAR_FORMAT` or `TAR_SIZE`. `offset` is the header's place in the tar stream. */
export function parseTarHeader(block: Buffer, offset: number): TarHeader {
  const magic = block.toString('latin1', 257, 265)
  const gnu = magic === 'ustar  \0'
  if (!gnu && magic !== 'ustar\x0000') {
    throw new ArchiveReject('TAR_FORMAT', 'not a ustar, pax or GNU tar header', { offset })
  }
  if (readOctal(block, 148, 8, offset) !== checksum(block)) {
    throw new ArchiveReject('TAR_FORMAT', 'a header has a wrong checksum', { offset })
  }
  const name = cString(block, 0, 100)
  // GNU keeps times where ustar has the prefix.
  const prefix = gnu ? Buffer.alloc(0) : cString(block, 345, 155)
  return {
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    mode: readOctal(block, 100, 8, offset),
    size: readSize(block, offset),
    type: block.toString('latin1', 156, 157),
  }
}

export function isZeroBlock(block: Buffer): boolean {
  return block.every((byte) => byte === 0)
}

function cString(block: Buffer, start: number, length: number): Buffer {
  const field = block.subarray(start, start + length)
  const end = field.indexOf(0)
  return end === -1 ? field : field.subarray(0, end)
}

/** The sum of all bytes with the checksum's own field as spaces. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20
  for (let n = 0; n < BLOCK; n++) if (n < 148 || n >= 156) sum += block[n] ?? 0
  return sum
}

function readOctal(block: Buffer, start: number, length: number, offset: number): number {
  const text = block.toString('latin1', start, start + length)
  const digits = /^ *([0-7]*)[ \0]*$/.exec(text)?.[1]
  if (digits === undefined)
    throw new ArchiveReject('TAR_FORMAT', 'a number in a header is broken', { offset })
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

/** Octal, or GNU's base-256, whose first bit is set; negative and huge values are refused here. */
function readSize(block: Buffer, offset: number): number {
  const first = block[124] ?? 0
  if ((first & 0x80) === 0) return readOctal(block, 124, 12, offset)
  const value = block.subarray(125, 136).reduce((sum, byte) => sum * 256 + byte, 0)
  if (first !== 0x80 || !Number.isSafeInteger(value)) {
    throw new ArchiveReject('TAR_SIZE', 'an entry has an impossible size', { offset })
  }
  return value
}
