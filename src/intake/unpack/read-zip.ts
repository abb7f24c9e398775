/** A zip's plan: every byte of the file belongs to exactly one structure, and all structures agree. */
import type { ArchiveLimits } from '../../domain/archive.ts'
import { readAt } from './byte-range.ts'
import { checkName, createNameBook, decodeName } from './entry-names.ts'
import { checkPlanLimits, tooMany, type PlannedEntry } from './plan.ts'
import { ArchiveReject } from './reject.ts'
import {
  checkExtra,
  findEndRecord,
  isDescriptorOf,
  LOCAL_HEADER_BYTES,
  parseCentralHeaders,
  parseLocalHeader,
  TAIL_BYTES,
  type CentralHeader,
  type EndRecord,
} from './zip-records.ts'

export type ZipEntry = PlannedEntry & {
  readonly method: 'store' | 'deflate'
  readonly crc: number
  readonly packedBytes: number
  readonly dataOffset: number
}

const MAX_DIRECTORY_BYTES = 16 * 1024 * 1024
const FLAG_DESCRIPTOR = 1 << 3
const FLAG_UTF8 = 1 << 11
const FLAGS_ENCRYPTED = (1 << 0) | (1 << 6) | (1 << 13)
/** Deflate's two speed bits, the descriptor, UTF-8. */
const FLAGS_KNOWN = (1 << 1) | (1 << 2) | FLAG_DESCRIPTOR | FLAG_UTF8

/**
 * Entries in the order of their data. Throws ArchiveReject.
 * @param size of the zip, @param signatureBytes of the bundle signature that followed it
 */
export function readZip(
  descriptor: number,
  size: number,
  signatureBytes: number,
  limits: ArchiveLimits,
): readonly ZipEntry[] {
  const tailBytes = Math.min(size, TAIL_BYTES)
  const end = findEndRecord(readAt(descriptor, size - tailBytes, tailBytes), size - tailBytes, signatureBytes)
  checkEndRecord(end, limits)
  const directory = readAt(descriptor, end.directoryOffset, end.directoryBytes)
  const headers = parseCentralHeaders(directory, end.entries, end.directoryOffset)
  const book = createNameBook('ZIP')
  const named = headers.map((header) => {
    const entry = readCentralHeader(header, limits)
    book.add(entry.path, entry.kind, header.offset)
    return { header, entry }
  })
  named.sort((a, b) => a.header.localOffset - b.header.localOffset)
  if (named[0]?.header.localOffset !== 0) {
    throw new ArchiveReject('ZIP_PREFIX', 'there are bytes before the first entry', { offset: 0 })
  }
  const entries = named.map(({ header, entry }, n) => {
    const next = named[n + 1]?.header.localOffset ?? end.directoryOffset
    return { ...entry, dataOffset: checkLocalEntry(descriptor, header, entry.path, next) }
  })
  checkPlanLimits(entries, 'ZIP', limits, size)
  return entries
}

function checkEndRecord(end: EndRecord, limits: ArchiveLimits): void {
  const at = { offset: end.offset }
  if (end.entries > limits.maxEntries) throw tooMany('ZIP', limits)
  if (
    end.zip64 ||
    [end.disk, end.directoryDisk, end.entriesOnDisk].includes(0xffff) ||
    [end.directoryBytes, end.directoryOffset].includes(0xffffffff)
  ) {
    throw new ArchiveReject('ZIP_64', 'ZIP64 is not accepted', at)
  }
  if (end.disk !== 0 || end.directoryDisk !== 0 || end.entriesOnDisk !== end.entries) {
    throw new ArchiveReject('ZIP_MULTI', 'the zip is one part of several', at)
  }
  if (end.entries === 0) throw new ArchiveReject('EMPTY', 'the zip holds no entry', at)
  if (end.directoryOffset + end.directoryBytes !== end.offset) {
    throw new ArchiveReject('ZIP_CD_COUNT', 'the directory does not end where the end record begins', at)
  }
  if (end.directoryBytes > MAX_DIRECTORY_BYTES) {
    throw new ArchiveReject('ZIP_LIMIT', 'the directory of the zip is too large', at)
  }
}

/** Name, type, method and flags of one entry; everything but where its data lies. */
function readCentralHeader(header: CentralHeader, limits: ArchiveLimits): Omit<ZipEntry, 'dataOffset'> {
  const { offset, flags } = header
  if ((flags & FLAG_UTF8) === 0 && header.name.some((byte) => byte > 0x7f)) {
    throw new ArchiveReject('ZIP_UNICODE', 'a name is neither ASCII nor marked as UTF-8', { offset })
  }
  const name = decodeName(header.name, 'ZIP', offset)
  const isDirectory = name.endsWith('/')
  const path = isDirectory ? name.slice(0, -1) : name
  checkName(path, 'ZIP', limits, offset)
  const refuse = (
    code: 'ZIP_CRYPT' | 'ZIP_METHOD' | 'ZIP_TYPE' | 'ZIP_64' | 'ZIP_MULTI' | 'ZIP_LIMIT',
    why: string,
  ) => {
    throw new ArchiveReject(code, `${JSON.stringify(path)}: ${why}`, { entry: path, offset })
  }
  if ((flags & FLAGS_ENCRYPTED) !== 0) refuse('ZIP_CRYPT', 'the entry is encrypted')
  checkExtra(header, path, offset)
  if ((flags & ~FLAGS_KNOWN) !== 0) refuse('ZIP_METHOD', 'the entry has a flag that no supported method uses')
  if (header.method !== 0 && header.method !== 8) {
    refuse('ZIP_METHOD', `compression method ${header.method}; only store and deflate are accepted`)
  }
  if ([header.packedBytes, header.bytes, header.localOffset].includes(0xffffffff) || header.disk === 0xffff) {
    refuse('ZIP_64', 'ZIP64 is not accepted')
  }
  if (header.disk !== 0) refuse('ZIP_MULTI', 'the entry is on another disk')
  const notPlain = describeOddType(header, isDirectory)
  if (notPlain !== null) refuse('ZIP_TYPE', notPlain)
  if (header.bytes > 1_000_000 && header.bytes > 10 * limits.maxRatio * header.packedBytes) {
    refuse('ZIP_LIMIT', `unpacks to more than ${10 * limits.maxRatio} times its size`)
  }
  return {
    path,
    kind: isDirectory ? 'directory' : 'file',
    bytes: header.bytes,
    executable: ((header.externalAttributes >>> 16) & 0o100) !== 0,
    offset: header.localOffset,
    method: header.method === 0 ? 'store' : 'deflate',
    crc: header.crc,
    packedBytes: header.packedBytes,
  }
}

/** Unix mode in the high half and DOS attributes in the low one are believed whatever host wrote them. */
function describeOddType(header: CentralHeader, isDirectory: boolean): string | null {
  const type = (header.externalAttributes >>> 16) & 0o170000
  const dos = header.externalAttributes & 0xffff
  if (type === 0o120000) return 'a symbolic link; archives may hold files and directories only'
  if (type !== 0 && type !== 0o100000 && type !== 0o040000) return 'neither a file nor a directory'
  if ((dos & 0x400) !== 0 || (dos & 0x08) !== 0) return 'a reparse point or volume label'
  const saysDirectory = type === 0o040000 || (dos & 0x10) !== 0
  if (saysDirectory && !isDirectory) return 'marked as a directory but named as a file'
  if (isDirectory && type === 0o100000) return 'named as a directory but marked as a file'
  // Java deflates a directory's nothing into two bytes.
  if (isDirectory && (header.bytes !== 0 || header.packedBytes > 2)) return 'a directory with content'
  return null
}

/** The local header repeats the central one and the entry ends exactly where the next structure begins. */
function checkLocalEntry(descriptor: number, central: CentralHeader, entry: string, next: number): number {
  const offset = central.localOffset
  const refuse = (code: 'ZIP_LFH' | 'ZIP_OVERLAP' | 'ZIP_TRAIL', why: string): never => {
    throw new ArchiveReject(code, `${JSON.stringify(entry)}: ${why}`, { entry, offset })
  }
  const local = parseLocalHeader(readAt(descriptor, offset, LOCAL_HEADER_BYTES))
  if (local === null) return refuse('ZIP_LFH', 'no local header where the directory says')
  const tail = readAt(descriptor, offset + LOCAL_HEADER_BYTES, local.nameBytes + local.extraBytes)
  const name = tail.subarray(0, local.nameBytes)
  const extra = tail.subarray(local.nameBytes)
  if (!name.equals(central.name)) refuse('ZIP_LFH', 'the local header has another name than the directory')
  checkExtra({ name, extra }, entry, offset)
  const streamed = (central.flags & FLAG_DESCRIPTOR) !== 0
  const same = (a: number, b: number) => a === b || (streamed && a === 0)
  if (
    local.flags !== central.flags ||
    local.method !== central.method ||
    !same(local.crc, central.crc) ||
    !same(local.packedBytes, central.packedBytes) ||
    !same(local.bytes, central.bytes)
  ) {
    refuse('ZIP_LFH', 'the local header differs from the directory')
  }
  const dataOffset = offset + LOCAL_HEADER_BYTES + local.nameBytes + local.extraBytes
  const rest = next - dataOffset - central.packedBytes
  if (rest < 0) refuse('ZIP_OVERLAP', 'the entry overlaps what follows it')
  if (!streamed && rest > 0) refuse('ZIP_TRAIL', 'there are bytes after the entry that belong to nothing')
  if (streamed && !isDescriptorOf(readAt(descriptor, next - rest, Math.min(rest, 32)), central)) {
    refuse('ZIP_LFH', 'the data descriptor does not repeat the directory')
  }
  return dataOffset
}
