/** Damaged archives, by a seeded generator: each is read or refused by a rule; nothing else is ever thrown. */
import { closeSync, mkdtempSync, openSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, expect, it } from 'vitest'
import { DEFAULT_ARCHIVE_LIMITS, type ArchiveFormat } from '../../src/domain/archive.ts'
import { findBundleSignature } from '../../src/intake/unpack/bundle-signature.ts'
import { createByteReader } from '../../src/intake/unpack/byte-reader.ts'
import { extractZip } from '../../src/intake/unpack/extract-zip.ts'
import { walkTar } from '../../src/intake/unpack/read-tar.ts'
import { readZip } from '../../src/intake/unpack/read-zip.ts'
import { ArchiveReject } from '../../src/intake/unpack/reject.ts'
import { openTarStream } from '../../src/intake/unpack/tar-stream.ts'
import { removeTree } from '../../src/system/files.ts'
import { descriptor, paxRecord, rawTar, rawZip } from './archive-bytes.ts'

/** By hand, longer and with other damage: HAIVEMIND_FUZZ_RUNS=100000 HAIVEMIND_FUZZ_SEED=7. */
const RUNS_PER_SEED = Number(process.env['HAIVEMIND_FUZZ_RUNS'] ?? 400)
const FUZZ_SEED = Number(process.env['HAIVEMIND_FUZZ_SEED'] ?? 20_261_126)
const directory = mkdtempSync(join(tmpdir(), 'archive-fuzz-'))
afterAll(() => removeTree(tmpdir(), directory))

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
const SEEDS: readonly (readonly [ArchiveFormat, Buffer])[] = [
  ['zip', zip],
  ['tar', tar],
  ['tar.gz', gzipSync(tar)],
  ['tar.zst', zstdCompressSync(tar)],
]

/** A linear congruential generator: the same damage at every run. */
function createChooser(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function damage(bytes: Buffer, choose: (below: number) => number): Buffer {
  const copy = Buffer.from(bytes)
  const at = choose(copy.length - 4)
  switch (choose(5)) {
    case 0:
      copy[at] = choose(256)
      return copy
    case 1:
      copy[at] = (copy[at] ?? 0) ^ (1 << choose(8))
      return copy
    case 2:
      return copy.subarray(0, at + 4)
    case 3:
      return Buffer.concat([copy.subarray(0, at), Buffer.from([choose(256)]), copy.subarray(at)])
    default:
      copy.writeUInt16LE([0, 1, 0x7fff, 0xffff][choose(4)] ?? 0, at)
      return copy
  }
}

const discard = { write: () => undefined, close: () => undefined }

async function read(format: ArchiveFormat, bytes: Buffer): Promise<void> {
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
}

it.each(SEEDS)('%s', { timeout: 60_000 + RUNS_PER_SEED * 20 }, async (format, seed) => {
  await read(format, seed)
  const choose = createChooser(FUZZ_SEED)
  let refused = 0
  let slowest = 0
  for (let run = 0; run < RUNS_PER_SEED; run++) {
    let bytes: Buffer = seed
    for (let edits = 1 + choose(3); edits > 0 && bytes.length > 8; edits--) bytes = damage(bytes, choose)
    const begin = performance.now()
    try {
      await read(format, bytes)
    } catch (error) {
      if (!(error instanceof ArchiveReject)) {
        throw new Error(`run ${run}: ${bytes.toString('base64')}`, { cause: error })
      }
      refused += 1
    }
    slowest = Math.max(slowest, performance.now() - begin)
  }
  // A hang is what takes 2 s; these are a few hundred bytes.
  expect(slowest).toBeLessThan(2_000)
  expect(refused).toBeGreaterThan(RUNS_PER_SEED / 2)
})
