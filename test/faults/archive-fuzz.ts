/** Small archives of every format, and the readers that a damaged one has to get past. */
import { closeSync, mkdtempSync, openSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { DEFAULT_ARCHIVE_LIMITS, type ArchiveFormat } from '../../src/domain/archive.ts'
import { findBundleSignature } from '../../src/intake/unpack/bundle-signature.ts'
import { createByteReader } from '../../src/intake/unpack/byte-reader.ts'
import { extractZip } from '../../src/intake/unpack/extract-zip.ts'
import { walkTar } from '../../src/intake/unpack/read-tar.ts'
import { readZip } from '../../src/intake/unpack/read-zip.ts'
import { openTarStream } from '../../src/intake/unpack/tar-stream.ts'
import { removeTree } from '../../src/system/files.ts'
import { descriptor, paxRecord, rawTar, rawZip } from '../contracts/archive-bytes.ts'

const data = Buffer.from('content')
const tar = rawTar([
  { name: 'p', type: 'x', data: paxRecord('path', 'dir/a.txt') },
  { name: 'c', data: Buffer.alloc(700, 1) },
  { name: 'l', type: 'L', data: Buffer.from('long/b\0') },
  { name: 'x', data },
  { name: 'd', type: '5' },
])
const zip = rawZip([
  {
    name: 'q',
    data,
    method: 8,
    flags: 0x808,
    local: { crc: 0, packed: 0, size: 0 },
    after: descriptor(data, deflateRawSync(data).length),
  },
  { name: 'r/', data: Buffer.alloc(0), attributes: 0 },
  { name: 'z' },
])
export const ARCHIVE_SEEDS: readonly (readonly [ArchiveFormat, Buffer])[] = [
  ['zip', zip],
  ['tar', tar],
  ['tar.gz', gzipSync(tar)],
  ['tar.zst', zstdCompressSync(tar)],
]

const discard = { write: () => undefined, close: () => undefined }

export function openArchiveFuzz() {
  const directory = mkdtempSync(join(tmpdir(), 'archive-fuzz-'))
  return {
    seeds: ARCHIVE_SEEDS,
    close: () => removeTree(tmpdir(), directory),
    /** Throws ArchiveReject for what is refused; anything else is a defect. */
    async read(format: ArchiveFormat, bytes: Buffer): Promise<void> {
      const path = join(directory, 'archive')
      writeFileSync(path, bytes)
      const file = openSync(path, 'r')
      try {
        if (format === 'zip') {
          const signature = findBundleSignature(file, bytes.length)
          const entries = readZip(file, bytes.length - signature, signature, DEFAULT_ARCHIVE_LIMITS)
          const writer = { addDirectory: () => undefined, openFile: () => discard }
          await extractZip(file, entries, writer, DEFAULT_ARCHIVE_LIMITS, bytes.length)
        } else {
          const reader = createByteReader(openTarStream(file, bytes.length, format))
          await walkTar(reader, DEFAULT_ARCHIVE_LIMITS, bytes.length, { onFile: () => discard })
        }
      } finally {
        closeSync(file)
      }
    },
  }
}
