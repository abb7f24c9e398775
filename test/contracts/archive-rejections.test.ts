/** Hostile and broken archives: each is refused by its own rule, and nothing of it stays on the disk. */
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_ARCHIVE_LIMITS, REJECT_CODES, type RejectCode } from '../../src/domain/archive.ts'
import { DEFAULT_LIMITS } from '../../src/domain/server.ts'
import { openIntake, type Intake } from '../../src/intake/intake.ts'
import { systemClock } from '../../src/system/clock.ts'
import { removeTree } from '../../src/system/files.ts'
import { createFakeJail } from '../fakes/jail.ts'
import {
  descriptor,
  extraField,
  FILE,
  paxRecord,
  rawHeader,
  rawTar,
  rawZip,
  TAR_END,
  type RawEntry,
  type RawHeader,
} from './archive-bytes.ts'
import { createScanSettings, neverScanned } from '../fakes/scan-cache.ts'

const one = (entry: Partial<RawEntry>) => rawZip([{ name: 'a.txt', ...entry }])
const named = (name: string | Buffer) => one({ name })
const tar = (header: Partial<RawHeader>) => rawTar([{ name: 'a.txt', data: Buffer.from('x'), ...header }])
const pax = (records: Buffer, next: Partial<RawHeader> = {}) =>
  rawTar([
    { name: 'pax', type: 'x', data: records },
    { name: 'a.txt', data: Buffer.from('x'), ...next },
  ])
const good = rawTar([{ name: 'a.txt', data: Buffer.from('x') }])
const data = Buffer.from('content')
const packed = deflateRawSync(data).length
const streamed = { data, method: 8, flags: 0x0808, local: { crc: 0, packed: 0, size: 0 } }
const mode = (bits: number) => ({ attributes: (bits << 16) >>> 0 })
const zeros = Buffer.alloc(3_000_000)
/** 3 MB of zeros under a header that claims a plausible size. */
const hiddenBomb = one({
  method: 8,
  rawData: deflateRawSync(zeros),
  data: Buffer.alloc(100),
  claims: { size: 100_000 },
})
const aes = extraField(0x9901, Buffer.alloc(7))
const otherName = extraField(0x7075, Buffer.concat([Buffer.from([1, 0, 0, 0, 0]), Buffer.from('b.txt')]))
const zip64 = extraField(0x0001, Buffer.alloc(16, 0xff))
const zip64Locator = Buffer.concat([Buffer.from('PK\x06\x07'), Buffer.alloc(16)])
const signature = (length: number) =>
  Buffer.concat([
    Buffer.from('MCPB_SIG_V1'),
    Buffer.from([length, 0, 0, 0]),
    Buffer.alloc(8),
    Buffer.from('MCPB_SIG_END'),
  ])

type Case = readonly [what: string, rule: RejectCode, bytes: Buffer]

const MAGIC: readonly Case[] = [
  ['nothing at all', 'EMPTY', Buffer.alloc(0)],
  ['a PNG', 'BAD_MAGIC', Buffer.from('89504e470d0a1a0a0000', 'hex')],
  ['a 7z archive', 'BAD_MAGIC', Buffer.from('377abcaf271c00000000', 'hex')],
  ['a script', 'BAD_MAGIC', Buffer.from('#!/bin/sh\necho hello\n')],
  ['random bytes', 'BAD_MAGIC', Buffer.alloc(2000, 0xa5)],
  ['a zip without entries', 'EMPTY', rawZip([])],
  ['a zip with directories only', 'EMPTY', one({ name: 'd/', data: Buffer.alloc(0), ...mode(0o040755) })],
  ['a tar without files', 'EMPTY', rawTar([{ name: 'd', type: '5' }])],
]

const ZIP_STRUCTURE: readonly Case[] = [
  ['cut before its end record', 'ZIP_EOCD', one({}).subarray(0, -22)],
  ['cut inside its end record', 'ZIP_EOCD', one({}).subarray(0, -4)],
  [
    'a second end record that fits',
    'ZIP_EOCD',
    rawZip([{ name: 'a' }], { comment: Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)]) }),
  ],
  ['bytes after the end record', 'ZIP_TRAIL', rawZip([{ name: 'a' }], {}, { after: Buffer.from('more') })],
  [
    'bytes between entries',
    'ZIP_TRAIL',
    rawZip([{ name: 'a', after: Buffer.from('hidden') }, { name: 'b' }]),
  ],
  [
    'bytes before the directory',
    'ZIP_TRAIL',
    rawZip([{ name: 'a' }], {}, { between: Buffer.from('hidden') }),
  ],
  ['a signature that does not fit', 'ZIP_TRAIL', Buffer.concat([one({}), signature(9)])],
  [
    'an entry that is not first in the file',
    'ZIP_PREFIX',
    rawZip([{ name: 'a' }], {}, { before: Buffer.from('PK\x03\x04 hidden') }),
  ],
  ['a directory elsewhere', 'ZIP_CD_COUNT', rawZip([{ name: 'a' }], { offset: 3 })],
  ['fewer entries than it claims', 'ZIP_CD_COUNT', rawZip([{ name: 'a' }], { total: 2 })],
  ['more entries than it claims', 'ZIP_CD_COUNT', rawZip([{ name: 'a' }, { name: 'b' }], { total: 1 })],
  ['another name in the local header', 'ZIP_LFH', one({ local: { name: 'b.txt' } })],
  ['another method in the local header', 'ZIP_LFH', one({ local: { method: 8 } })],
  ['other flags in the local header', 'ZIP_LFH', one({ local: { flags: 0 } })],
  ['another CRC in the local header', 'ZIP_LFH', one({ local: { crc: 1 } })],
  ['another size in the local header', 'ZIP_LFH', one({ local: { size: 9 } })],
  ['a broken extra field', 'ZIP_LFH', one({ extra: Buffer.from([1, 2, 200, 0]) })],
  ['no local header where it says', 'ZIP_LFH', damaged(rawZip([{ name: 'a' }, { name: 'b' }]), 32)],
  [
    'a wrong data descriptor',
    'ZIP_LFH',
    one({ ...streamed, after: descriptor(Buffer.from('other'), packed) }),
  ],
  ['no data descriptor', 'ZIP_LFH', one(streamed)],
  ['two entries over the same bytes', 'ZIP_OVERLAP', rawZip([{ name: 'a' }, { name: 'b', offset: 0 }])],
  [
    'an entry running into the next',
    'ZIP_OVERLAP',
    rawZip([{ name: 'a', claims: { packed: 40 } }, { name: 'b' }]),
  ],
]

const ZIP_CONTENT: readonly Case[] = [
  ['one name twice', 'ZIP_DUP', rawZip([{ name: 'a' }, { name: 'a' }])],
  [
    'a file and a directory of one name',
    'ZIP_DUP',
    rawZip([{ name: 'a' }, { name: 'a/', data: Buffer.alloc(0), attributes: 0 }]),
  ],
  ['a file below a file', 'ZIP_DUP', rawZip([{ name: 'a' }, { name: 'a/b' }])],
  ['a file where a directory was', 'ZIP_DUP', rawZip([{ name: 'a/b' }, { name: 'a' }])],
  ['names equal but for case', 'ZIP_CASE', rawZip([{ name: 'Server.py' }, { name: 'server.py' }])],
  ['directories equal but for case', 'ZIP_CASE', rawZip([{ name: 'Lib/a' }, { name: 'lib/b' }])],
  ['names equal but for compatibility', 'ZIP_CASE', rawZip([{ name: 'ﬁle' }, { name: 'file' }])],
  ['a name that is no UTF-8', 'ZIP_UNICODE', named(Buffer.from([0x66, 0xff, 0xfe]))],
  ['a name that is not normal', 'ZIP_UNICODE', named('e\u0301.txt')],
  ['UTF-8 that is not marked', 'ZIP_UNICODE', one({ name: 'é.txt', flags: 0 })],
  ['another name for Unicode readers', 'ZIP_UNICODE', one({ extra: otherName })],
  ['another name in the local header for Unicode readers', 'ZIP_UNICODE', one({ localExtra: otherName })],
  ['a link', 'ZIP_TYPE', one({ ...mode(0o120777), data: Buffer.from('/etc/passwd') })],
  ['a device', 'ZIP_TYPE', one(mode(0o060644))],
  ['a FIFO', 'ZIP_TYPE', one(mode(0o010644))],
  ['a directory named as a file', 'ZIP_TYPE', one(mode(0o040755))],
  ['a file named as a directory', 'ZIP_TYPE', one({ name: 'a/', ...mode(0o100644) })],
  ['a directory with content', 'ZIP_TYPE', one({ name: 'a/', attributes: 0 })],
  ['a Windows link', 'ZIP_TYPE', one({ attributes: FILE | 0x400 })],
  ['a link in the old Unix field', 'ZIP_TYPE', one({ extra: extraField(0x000d, Buffer.alloc(20)) })],
  ['an encrypted entry', 'ZIP_CRYPT', one({ flags: 0x0801 })],
  ['an entry with AES', 'ZIP_CRYPT', one({ extra: aes })],
  ['a masked directory', 'ZIP_CRYPT', one({ flags: 0x2800 })],
  ['bzip2', 'ZIP_METHOD', one({ method: 12 })],
  ['patch data', 'ZIP_METHOD', one({ flags: 0x0820 })],
  ['a wrong CRC', 'ZIP_CRC', one({ claims: { crc: 1 } })],
  ['a broken deflate stream', 'ZIP_CRC', one({ method: 8, rawData: Buffer.from([0xff, 0xff]) })],
  [
    'bytes after the deflate stream',
    'ZIP_CRC',
    one({ method: 8, rawData: Buffer.concat([deflateRawSync(Buffer.from('x')), Buffer.from('more')]) }),
  ],
  ['less than it claims', 'ZIP_CRC', one({ claims: { size: 2 } })],
  ['more than it claims', 'ZIP_CRC', hiddenBomb],
  ['ZIP64 sizes', 'ZIP_64', one({ claims: { size: 0xffffffff } })],
  ['a ZIP64 field', 'ZIP_64', one({ extra: zip64 })],
  ['a ZIP64 locator', 'ZIP_64', withLocator()],
  ['one part of several', 'ZIP_MULTI', rawZip([{ name: 'a' }], { disk: 1 })],
  ['an entry on another disk', 'ZIP_MULTI', one({ disk: 2 })],
  ['10 001 entries', 'ZIP_LIMIT', rawZip(Array.from({ length: 10_001 }, (_, n) => ({ name: `f${n}` })))],
  [
    '100 001 entries',
    'ZIP_LIMIT',
    rawZip(Array.from({ length: 100_001 }, (_, n) => ({ name: `f${n}`, data: Buffer.alloc(0) }))),
  ],
  ['a ratio over 100', 'ZIP_LIMIT', one({ method: 8, data: zeros })],
  [
    'a file over 200 MB',
    'ZIP_LIMIT',
    one({ method: 8, rawData: Buffer.alloc(1_000_000), claims: { size: 300_000_000 } }),
  ],
  [
    'a total over 500 MB',
    'ZIP_LIMIT',
    rawZip(
      ['a', 'b', 'c'].map((name) => ({
        name,
        method: 8,
        rawData: Buffer.alloc(2_000_000),
        claims: { size: 190_000_000 },
      })),
    ),
  ],
]

function withLocator(): Buffer {
  const plain = one({})
  return Buffer.concat([plain.subarray(0, -22), zip64Locator, plain.subarray(-22)])
}

const NAMES: readonly (readonly [what: string, name: string])[] = [
  ['a way up', '../../etc/x'],
  ['a way up inside', 'a/../../b'],
  ['an absolute name', '/abs'],
  ['a drive letter', 'C:x'],
  ['a backslash', 'a\\..\\b'],
  ['an empty segment', 'a//b'],
  ['a dot segment', 'a/./b'],
  ['a NUL', 'a.txt\0.sh'],
  ['a newline', 'a\nb'],
  ['a colon', 'a:b'],
  ['a trailing dot', 'dir./b'],
  ['a trailing space', 'a '],
  ['a Windows device', 'lib/CON.txt'],
  ['a long segment', 'x'.repeat(300)],
  ['a long path', `${'y'.repeat(200)}/`.repeat(6) + 'z'],
  ['40 levels', 'd/'.repeat(40) + 'f'],
  ['a leading dash', '-rf'],
  ['a leading tilde', '~root'],
]

const TAR: readonly Case[] = [
  ['a wrong checksum', 'TAR_FORMAT', tar({ checksumOff: 1 })],
  [
    'no ustar in the second header',
    'TAR_FORMAT',
    rawTar([{ name: 'a' }, { name: 'b', magic: '\0\0\0\0\0\0\0\0' }]),
  ],
  ['a number that is none', 'TAR_FORMAT', tar({ mode: '000x644\0' })],
  ['a hard link', 'TAR_TYPE', tar({ type: '1', link: '/etc/passwd', data: Buffer.alloc(0) })],
  ['a symbolic link', 'TAR_TYPE', tar({ type: '2', link: '/etc/passwd', data: Buffer.alloc(0) })],
  ['a device', 'TAR_TYPE', tar({ type: '3', data: Buffer.alloc(0) })],
  ['a FIFO', 'TAR_TYPE', tar({ type: '6', data: Buffer.alloc(0) })],
  ['a vendor type', 'TAR_TYPE', tar({ type: 'V' })],
  ['a file named as a directory', 'TAR_TYPE', tar({ name: 'a/' })],
  [
    'a global pax header',
    'TAR_PAX',
    rawTar([{ name: 'g', type: 'g', data: paxRecord('comment', 'x') }, { name: 'a' }]),
  ],
  ['a pax record with a wrong length', 'TAR_PAX', pax(Buffer.from('99 path=x\n'))],
  ['one pax key twice', 'TAR_PAX', pax(Buffer.concat([paxRecord('path', 'a'), paxRecord('path', 'b')]))],
  ['a pax link target', 'TAR_PAX', pax(paxRecord('linkpath', '/etc/passwd'))],
  ['two sizes', 'TAR_PAX', pax(paxRecord('size', '5'))],
  ['names in another character set', 'TAR_PAX', pax(paxRecord('hdrcharset', 'BINARY'))],
  [
    'a pax header before a long name',
    'TAR_PAX',
    rawTar([
      { name: 'p', type: 'x', data: paxRecord('path', 'a') },
      { name: 'l', type: 'L', data: Buffer.from('b\0') },
      { name: 'c' },
    ]),
  ],
  [
    'a huge pax header',
    'TAR_PAX',
    rawTar([{ name: 'p', type: 'x', data: Buffer.alloc(70_000) }, { name: 'c' }]),
  ],
  ['a sparse file', 'TAR_SPARSE', tar({ type: 'S' })],
  ['a sparse file by pax', 'TAR_SPARSE', pax(paxRecord('GNU.sparse.major', '1'))],
  ['a negative size', 'TAR_SIZE', tar({ size: Buffer.alloc(12, 0xff) })],
  ['a size of 2^80', 'TAR_SIZE', tar({ size: Buffer.from('800100000000000000000000', 'hex') })],
  ['a size over the limit', 'TAR_SIZE', tar({ size: '07777777777\0' })],
  ['a directory with content', 'TAR_SIZE', tar({ type: '5' })],
  ['no end mark', 'TAR_END', rawTar([{ name: 'a' }], Buffer.alloc(0))],
  ['one empty block at the end', 'TAR_END', rawTar([{ name: 'a' }], Buffer.alloc(512))],
  ['bytes after the end mark', 'TAR_END', Buffer.concat([good, rawHeader({ name: 'b' })])],
  ['an end inside a file', 'TAR_END', rawTar([{ name: 'a', data: Buffer.alloc(600) }]).subarray(0, 700)],
  [
    'a way up by a long name',
    'TAR_NAME',
    rawTar([{ name: 'l', type: 'L', data: Buffer.from('../../x\0') }, { name: 'c' }]),
  ],
  ['a way up by pax', 'TAR_NAME', pax(paxRecord('path', '../x'))],
  ['a way up by the prefix', 'TAR_NAME', tar({ prefix: '..' })],
  [
    'a name longer than any',
    'TAR_NAME',
    rawTar([{ name: 'l', type: 'L', data: Buffer.alloc(2000, 0x61) }, { name: 'c' }]),
  ],
  ['one name twice', 'TAR_DUP', rawTar([{ name: 'a' }, { name: './a' }])],
  ['names equal but for case', 'TAR_CASE', rawTar([{ name: 'A' }, { name: 'a' }])],
  ['a name that is no UTF-8', 'TAR_UNICODE', tar({ name: Buffer.from([0xff, 0x61]) })],
  ['10 001 entries', 'TAR_LIMIT', rawTar(Array.from({ length: 10_001 }, (_, n) => ({ name: `f${n}` })))],
]

const COMPRESSED: readonly Case[] = [
  ['a gzip of no tar', 'TAR_FORMAT', gzipSync(Buffer.from('hello '.repeat(200)))],
  ['a cut gzip', 'TAR_GZIP', gzipSync(good).subarray(0, -12)],
  ['a gzip without its checksum', 'TAR_GZIP', gzipSync(good).subarray(0, -8)],
  ['a wrong gzip checksum', 'TAR_GZIP', Buffer.concat([gzipSync(good).subarray(0, -8), Buffer.alloc(8)])],
  ['two gzip members', 'TAR_GZIP', Buffer.concat([gzipSync(good), gzipSync(TAR_END)])],
  ['bytes after the gzip', 'TAR_GZIP', Buffer.concat([gzipSync(good), Buffer.from('x')])],
  ['a broken gzip header', 'TAR_GZIP', Buffer.from('1f8b07ff00000000000000000000000000000000', 'hex')],
  ['a gzip bomb', 'TAR_LIMIT', gzipSync(rawTar([{ name: 'a', data: Buffer.alloc(20_000_000) }]))],
  ['a gzip bomb after the end mark', 'TAR_LIMIT', gzipSync(Buffer.concat([good, Buffer.alloc(20_000_000)]))],
  ['a cut zstd frame', 'TAR_ZSTD', zstdCompressSync(good).subarray(0, -3)],
  ['two zstd frames', 'TAR_ZSTD', Buffer.concat([zstdCompressSync(good), zstdCompressSync(TAR_END)])],
  ['a broken zstd frame', 'TAR_ZSTD', Buffer.from('28b52ffd040001000061', 'hex')],
  ['a zstd bomb', 'TAR_LIMIT', zstdCompressSync(rawTar([{ name: 'a', data: Buffer.alloc(20_000_000) }]))],
]

const CASES: readonly Case[] = [
  ...MAGIC,
  ...ZIP_STRUCTURE,
  ...ZIP_CONTENT,
  ...NAMES.map(([what, name]): Case => [`zip: ${what}`, 'ZIP_NAME', named(name)]),
  ...TAR,
  ...NAMES.filter(([, name]) => !name.includes('\0')).map(([what, name]): Case => [
    `tar: ${what}`,
    'TAR_NAME',
    rawTar([{ name: 'p', type: 'x', data: paxRecord('path', name) }, { name: 'c' }]),
  ]),
  ...COMPRESSED,
]

let root: string
let intake: Intake
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'archive-rejections-'))
  intake = await openIntake({
    reserveBytes: 0,
    scan: createScanSettings(false),
    uploadsDir: join(root, 'uploads'),
    serversDir: join(root, 'servers'),
    limits: DEFAULT_ARCHIVE_LIMITS,
    allowedRuntimes: ['python', 'node', 'bash'],
    defaults: {},
    installTimeoutSeconds: 60,
    installCache: true,
    installLimits: DEFAULT_LIMITS,
    environment: {},
    jail: createFakeJail(),
    clock: systemClock,
  })
})
afterEach(() => removeTree(tmpdir(), root))

async function install(bytes: Buffer): Promise<unknown> {
  const signal = new AbortController().signal
  const source = (async function* () {
    yield bytes
  })()
  const archive = await intake.receive(source, signal)
  try {
    return await intake.install(
      {
        archive,
        config: { command: ['bash', 'a.txt'] },
        onStage: () => undefined,
        onLog: () => undefined,
        onScan: neverScanned,
      },
      signal,
    )
  } finally {
    await intake.discard(archive)
  }
}

describe('refused', () => {
  it.each(CASES)('%s: %s', async (_what, rule, bytes) => {
    await expect(install(bytes)).rejects.toMatchObject({
      code: 'archive_rejected',
      message: expect.stringContaining(`${rule}: `) as unknown,
      details: { rule },
    })
    expect(readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()).toEqual([
      'servers',
      'servers/cache',
      'servers/staging',
      'servers/store',
      'uploads',
    ])
  })

  it('has a case for every rule', () => {
    const covered = new Set(CASES.map(([, rule]) => rule))
    expect(REJECT_CODES.filter((rule) => !covered.has(rule))).toEqual([])
  })
})

describe('accepted although unusual', () => {
  it.each([
    ['the plain case', one({})],
    ['a data descriptor with its signature', one({ ...streamed, after: descriptor(data, packed) })],
    ['a data descriptor without it', one({ ...streamed, after: descriptor(data, packed, false) })],
    ['a comment', rawZip([{ name: 'a.txt' }], { comment: Buffer.from('made by hand') })],
    ['the directory in another order', reordered()],
    ['a stored zip inside', rawZip([{ name: 'a.txt', data: one({}) }])],
    ['a signed bundle', Buffer.concat([one({}), signature(8)])],
    [
      'a signed bundle whose comment counts the signature',
      Buffer.concat([rawZip([{ name: 'a.txt' }], { commentLength: signature(8).length }), signature(8)]),
    ],
    ['a tar with names in the prefix', rawTar([{ name: 'b', prefix: 'dir' }, { name: 'a.txt' }])],
    ['a tar with base-256 size', tar({ size: Buffer.from('800000000000000000000001', 'hex') })],
    [
      'pax with times and vendor keys',
      pax(
        Buffer.concat([
          paxRecord('mtime', '1.5'),
          paxRecord('SCHILY.xattr.user.x', 'y'),
          paxRecord('path', 'a.txt'),
        ]),
      ),
    ],
  ])('%s', async (_what, bytes) => {
    await expect(install(bytes)).resolves.toMatchObject({ detection: { runtime: 'bash' } })
  })
})

/** The directory lists the second entry first. */
function reordered(): Buffer {
  const plain = rawZip([{ name: 'a.txt' }, { name: 'b.txt' }])
  const record = 46 + 5
  const start = plain.length - 22 - 2 * record
  return Buffer.concat([
    plain.subarray(0, start),
    plain.subarray(start + record, start + 2 * record),
    plain.subarray(start, start + record),
    plain.subarray(-22),
  ])
}

function damaged(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 0xff
  return copy
}
