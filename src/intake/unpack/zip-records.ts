/** The records of a zip file (APPNOTE 6.3), parsed from bytes; what they mean together is read-zip.ts. */
import { crc32 } from 'node:zlib'
import { ArchiveReject } from './reject.ts'

const LOCAL_HEADER = 0x04034b50
export const LOCAL_HEADER_BYTES = 30
const CENTRAL_HEADER = 0x02014b50
const CENTRAL_HEADER_BYTES = 46
const END_RECORD = 0x06054b50
const END_RECORD_BYTES = 22
const ZIP64_LOCATOR = 0x07064b50
const DESCRIPTOR = 0x08074b50

export type EndRecord = {
  readonly offset: number
  readonly disk: number
  readonly directoryDisk: number
  readonly entriesOnDisk: number
  readonly entries: number
  readonly directoryBytes: number
  readonly directoryOffset: number
  readonly zip64: boolean
}

/** How much of the end of the file findEndRecord wants: the record with the longest comment, and a ZIP64 locator. */
export const TAIL_BYTES = 65_535 + END_RECORD_BYTES + 20

/**
 * The last end record, whose comment must reach exactly to the end of the file; no other record may do so too,
 * and none may hide in the comment. A signed bundle's comment length may include the stripped signature.
 * @param tail the end of the zip; @param tailOffset its position in the file
 */
export function findEndRecord(tail: Buffer, tailOffset: number, signatureBytes: number): EndRecord {
  const refuse = (code: 'ZIP_EOCD' | 'ZIP_TRAIL', why: string, at: number): never => {
    throw new ArchiveReject(code, why, { offset: tailOffset + at })
  }
  const matches: number[] = []
  for (let at = tail.length - END_RECORD_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) === END_RECORD) matches.push(at)
  }
  const [last] = matches
  if (last === undefined) {
    throw new ArchiveReject('ZIP_EOCD', 'the zip has no end record; the upload may be cut')
  }
  const ends = (at: number) => {
    const comment = tail.readUInt16LE(at + 20)
    const rest = tail.length - at - END_RECORD_BYTES
    return comment === rest || (signatureBytes > 0 && comment === rest + signatureBytes)
  }
  if (!ends(last)) {
    const comment = tail.readUInt16LE(last + 20)
    if (last + END_RECORD_BYTES + comment < tail.length) {
      refuse('ZIP_TRAIL', 'there are bytes after the end record', last)
    }
    refuse('ZIP_EOCD', 'the end record is cut', last)
  }
  if (matches.filter(ends).length > 1) refuse('ZIP_EOCD', 'two end records fit', last)
  return {
    offset: tailOffset + last,
    disk: tail.readUInt16LE(last + 4),
    directoryDisk: tail.readUInt16LE(last + 6),
    entriesOnDisk: tail.readUInt16LE(last + 8),
    entries: tail.readUInt16LE(last + 10),
    directoryBytes: tail.readUInt32LE(last + 12),
    directoryOffset: tail.readUInt32LE(last + 16),
    zip64: last >= 20 && tail.readUInt32LE(last - 20) === ZIP64_LOCATOR,
  }
}

/** One header, central or local, with its name and extra field as bytes. */
export type Header = {
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly packedBytes: number
  readonly bytes: number
  readonly name: Buffer
  readonly extra: Buffer
}

export type CentralHeader = Header & {
  readonly disk: number
  readonly externalAttributes: number
  readonly localOffset: number
  /** Where this record stands in the file. */
  readonly offset: number
}

/** Exactly `count` headers that fill `directory` exactly, or `ZIP_CD_COUNT`. */
export function parseCentralHeaders(
  directory: Buffer,
  count: number,
  directoryOffset: number,
): CentralHeader[] {
  const headers: CentralHeader[] = []
  let at = 0
  for (let n = 0; n < count; n++) {
    const offset = directoryOffset + at
    if (at + CENTRAL_HEADER_BYTES > directory.length || directory.readUInt32LE(at) !== CENTRAL_HEADER) {
      throw new ArchiveReject('ZIP_CD_COUNT', `the directory has fewer than the ${count} entries it claims`, {
        offset,
      })
    }
    const nameEnd = at + CENTRAL_HEADER_BYTES + directory.readUInt16LE(at + 28)
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30)
    const end = extraEnd + directory.readUInt16LE(at + 32)
    if (end > directory.length) {
      throw new ArchiveReject('ZIP_CD_COUNT', 'a directory entry runs past the directory', { offset })
    }
    headers.push({
      flags: directory.readUInt16LE(at + 8),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      packedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      name: directory.subarray(at + CENTRAL_HEADER_BYTES, nameEnd),
      extra: directory.subarray(nameEnd, extraEnd),
      disk: directory.readUInt16LE(at + 34),
      externalAttributes: directory.readUInt32LE(at + 38),
      localOffset: directory.readUInt32LE(at + 42),
      offset,
    })
    at = end
  }
  if (at !== directory.length) {
    throw new ArchiveReject('ZIP_CD_COUNT', `the directory has more than the ${count} entries it claims`, {
      offset: directoryOffset + at,
    })
  }
  return headers
}

/** Null when `bytes` is no local header. `name` and `extra` follow it; see localTailBytes. */
export function parseLocalHeader(bytes: Buffer): (Omit<Header, 'name' | 'extra'> & LocalLengths) | null {
  if (bytes.length < LOCAL_HEADER_BYTES || bytes.readUInt32LE(0) !== LOCAL_HEADER) return null
  return {
    flags: bytes.readUInt16LE(6),
    method: bytes.readUInt16LE(8),
    crc: bytes.readUInt32LE(14),
    packedBytes: bytes.readUInt32LE(18),
    bytes: bytes.readUInt32LE(22),
    nameBytes: bytes.readUInt16LE(26),
    extraBytes: bytes.readUInt16LE(28),
  }
}
type LocalLengths = { readonly nameBytes: number; readonly extraBytes: number }

/** Does the data descriptor (12 bytes, or 16 with its signature) repeat the central header? */
export function isDescriptorOf(descriptor: Buffer, central: Header): boolean {
  const at = descriptor.length === 16 ? 4 : 0
  if (descriptor.length !== 12 && descriptor.length !== 16) return false
  if (at === 4 && descriptor.readUInt32LE(0) !== DESCRIPTOR) return false
  return (
    descriptor.readUInt32LE(at) === central.crc &&
    descriptor.readUInt32LE(at + 4) === central.packedBytes &&
    descriptor.readUInt32LE(at + 8) === central.bytes
  )
}

/**
 * Extra fields that change what an entry means: ZIP64 sizes, AES, another name, a link's target.
 * Everything else (times, owners) is dropped.
 */
export function checkExtra(header: Pick<Header, 'name' | 'extra'>, entry: string, offset: number): void {
  const { extra, name } = header
  const refuse = (
    code: 'ZIP_LFH' | 'ZIP_64' | 'ZIP_CRYPT' | 'ZIP_UNICODE' | 'ZIP_TYPE',
    why: string,
  ): never => {
    throw new ArchiveReject(code, `${JSON.stringify(entry)}: ${why}`, { entry, offset })
  }
  for (let at = 0; at < extra.length;) {
    if (at + 4 > extra.length) refuse('ZIP_LFH', 'a broken extra field')
    const id = extra.readUInt16LE(at)
    const end = at + 4 + extra.readUInt16LE(at + 2)
    if (end > extra.length) refuse('ZIP_LFH', 'a broken extra field')
    const data = extra.subarray(at + 4, end)
    if (id === 0x0001) refuse('ZIP_64', 'ZIP64 is not accepted')
    if (id === 0x9901) refuse('ZIP_CRYPT', 'the entry is encrypted')
    // Info-ZIP Unicode path: version 1, CRC-32 of the plain name, then the name that Unicode readers use.
    if (id === 0x7075) {
      const agrees =
        data.length >= 5 &&
        data[0] === 1 &&
        data.readUInt32LE(1) === crc32(name) &&
        data.subarray(5).equals(name)
      if (!agrees) refuse('ZIP_UNICODE', 'the Unicode path field names another file')
    }
    // PKWARE Unix: 12 bytes of times and owners, then a link's target or a device number.
    if (id === 0x000d && data.length > 12) refuse('ZIP_TYPE', 'a link or device')
    // ASi Unix: CRC, mode, link size.
    if (id === 0x756e && (data.length < 10 || data.readUInt32LE(6) !== 0))
      refuse('ZIP_TYPE', 'a link or device')
    at = end
  }
}
