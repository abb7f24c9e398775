/**
 * Archives as the tools of the field write them: what they say is in them, other readers find as well, and so do we.
 * A tool that is not here is a skip by its name; script/prepare has those that a full check needs.
 */
import { execFile, execFileSync } from 'node:child_process'
import {
  closeSync,
  linkSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_ARCHIVE_LIMITS } from '../../src/domain/archive.ts'
import { findBundleSignature } from '../../src/intake/unpack/bundle-signature.ts'
import { readAt } from '../../src/intake/unpack/byte-range.ts'
import { createByteReader } from '../../src/intake/unpack/byte-reader.ts'
import { extractZip } from '../../src/intake/unpack/extract-zip.ts'
import { walkTar } from '../../src/intake/unpack/read-tar.ts'
import { readZip } from '../../src/intake/unpack/read-zip.ts'
import { HEAD_BYTES, recogniseFormat } from '../../src/intake/unpack/recognise-format.ts'
import { ArchiveReject } from '../../src/intake/unpack/reject.ts'
import { openTarStream } from '../../src/intake/unpack/tar-stream.ts'
import { createTreeWriter } from '../../src/intake/unpack/tree-writer.ts'
import { hashTree, writeTrees } from './archive-corpus-trees.ts'

const TOOLS = join(import.meta.dirname, '../fixtures/archive-tools')
/** Names are UTF-8 to every tool. */
const ENVIRONMENT = { ...process.env, LC_ALL: 'C.UTF-8' }
const run = promisify(execFile)
const limits = DEFAULT_ARCHIVE_LIMITS

const root = mkdtempSync(join(tmpdir(), 'archive-corpus-'))
const trees = join(root, 'trees')
const archives = join(root, 'archives')
mkdirSync(archives)
const names = writeTrees(trees)
const wanted = new Map(names.map((name) => [name, hashTree(join(trees, name))]))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const has = (program: string): boolean => {
  try {
    execFileSync('/bin/sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** One archive of one folder: OUT is where it goes; run inside the folder. */
type Way = {
  readonly tool: string
  readonly label: string
  readonly ending: string
  readonly argv: readonly string[]
}
const zip = (label: string, ...flags: string[]): Way => ({
  tool: 'zip',
  label: `zip-${label}`,
  ending: 'zip',
  argv: ['zip', '-qr', ...flags, 'OUT', '.'],
})
const seven = (label: string, ending: string, ...flags: string[]): Way => ({
  tool: '7z',
  label: `7z-${label}`,
  ending,
  argv: ['7z', 'a', '-bso0', '-bsp0', ...flags, 'OUT', '.'],
})
const tar = (format: string, ending: string, ...flags: string[]): Way => ({
  tool: 'tar',
  label: `tar-${format}`,
  ending,
  argv: ['tar', `--format=${format}`, ending === 'tar.gz' ? '-czf' : '-cf', 'OUT', ...flags, '.'],
})
/** Of the folder by its name: of "." it makes a zip whose names begin with "./". */
const bsd = (format: string, ending: string): Way => ({
  tool: 'bsdtar',
  label: `bsdtar-${format}`,
  ending,
  argv: ['bsdtar', '-C', '..', ending === 'tar.gz' ? '-czf' : '-cf', 'OUT', `--format=${format}`, 'TREE'],
})
const WAYS: readonly Way[] = [
  zip('default'),
  zip('stored', '-0'),
  zip('best', '-9', '-X'),
  zip('fast', '-1'),
  zip('files-only', '-D'),
  { ...zip('piped'), argv: ['sh', '-c', 'zip -qr - . | cat > "$0"', 'OUT'] },
  seven('default', 'zip', '-tzip', '-mcu=on'),
  seven('copy', 'zip', '-tzip', '-mx=0', '-mcu=on'),
  seven('ultra', 'zip', '-tzip', '-mx=9', '-mm=Deflate', '-mcu=on'),
  seven('fast', 'zip', '-tzip', '-mx=1', '-mcu=on'),
  seven('tar', 'tar', '-ttar'),
  ...['ustar', 'pax', 'gnu'].flatMap((format) => [tar(format, 'tar'), tar(format, 'tar.gz')]),
  bsd('zip', 'zip'),
  bsd('ustar', 'tar'),
  ...['pax', 'gnutar'].flatMap((format) => [bsd(format, 'tar'), bsd(format, 'tar.gz')]),
]
const BATCHES: readonly { readonly tool: string; readonly argv: readonly string[] }[] = [
  { tool: 'python3', argv: ['python3', join(TOOLS, 'make.py'), trees, archives] },
  {
    tool: 'java',
    argv: [
      'java',
      '-Xshare:auto',
      '-Dfile.encoding=UTF-8',
      '-Dsun.jnu.encoding=UTF-8',
      join(TOOLS, 'Make.java'),
      trees,
      archives,
    ],
  },
  { tool: 'go', argv: ['go', 'run', join(TOOLS, 'make.go'), trees, archives] },
]
/** Older formats have no room for a long name: the tool itself says so, and writes no whole archive. */
const NO_LONG_NAMES = /^(?:tar-ustar|bsdtar-ustar)/

/**
 * Info-ZIP's zip writes names outside ASCII without saying which characters they are: Python and it read them
 * differently, so they are refused. 7z, bsdtar and the languages mark theirs.
 */
const UNMARKED_NAMES = /^zip-.*-tree0[2-5]/
/** unzip 6.0 takes names that Java marked as UTF-8 for those of an old PC; every other reader does not. */
const UNZIP_MISREADS = /^java-.*-tree0[2-5]/

/** As many at once as the machine has processors. */
async function forEachOf<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await task(item)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
}

async function pack(way: Way, tree: string): Promise<void> {
  const out = join(archives, `${way.label}-${tree}.${way.ending}`)
  const [program = '', ...rest] = way.argv.map((word) => ({ OUT: out, TREE: tree })[word] ?? word)
  try {
    await run(program, rest, { cwd: join(trees, tree), env: ENVIRONMENT })
  } catch (error) {
    rmSync(out, { force: true })
    if (!NO_LONG_NAMES.test(way.label)) throw error
  }
}

/** Checks and writes below `target`, as the worker does, without a process for each. */
async function unpack(archive: string, target: string): Promise<void> {
  mkdirSync(target)
  const descriptor = openSync(archive, 'r')
  try {
    const { size } = fstatSync(descriptor)
    const format = recogniseFormat(readAt(descriptor, 0, HEAD_BYTES))
    const writer = createTreeWriter(target)
    if (format === 'zip') {
      const signature = findBundleSignature(descriptor, size)
      const entries = readZip(descriptor, size - signature, signature, limits)
      await extractZip(descriptor, entries, writer, limits, size - signature)
    } else {
      const open = () => createByteReader(openTarStream(descriptor, size, format))
      await walkTar(open(), limits, size)
      await walkTar(open(), limits, size, {
        onDirectory: (entry) => writer.addDirectory(entry),
        onFile: (entry) => writer.openFile(entry),
      })
    }
  } finally {
    closeSync(descriptor)
  }
}

const plain = (hashes: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(hashes)
      .map(([name, hash]) => [name.normalize().replace(/^(?:\.|top|tree\d\d)\//, ''), hash] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
const treeOf = (archive: string) => wanted.get(/tree\d\d/.exec(archive)?.[0] ?? '')
let made: readonly string[] = []
let unmarked: readonly string[] = []

beforeAll(async () => {
  const present = WAYS.filter(({ tool }) => has(tool))
  const jobs = present.flatMap((way) => names.map((tree) => ({ way, tree })))
  for (const { tool, argv } of BATCHES) {
    if (!has(tool)) continue
    const [program = '', ...rest] = argv
    await run(program, rest, { env: ENVIRONMENT })
  }
  await forEachOf(jobs, ({ way, tree }) => pack(way, tree))
  const all = readdirSync(archives).sort()
  made = all.filter((name) => !UNMARKED_NAMES.test(name))
  unmarked = all.filter((name) => UNMARKED_NAMES.test(name))
}, 180_000)

describe('the corpus', () => {
  const tools = [...new Set([...WAYS, ...BATCHES].map(({ tool }) => tool))]
  for (const tool of tools) {
    it.skipIf(!has(tool))(`has archives by ${tool}, if it is installed`, () => {
      const prefix = { python3: 'python-' }[tool] ?? `${tool}-`
      expect(made.filter((name) => name.startsWith(prefix)).length).toBeGreaterThanOrEqual(12)
    })
  }

  it.skipIf(tools.filter(has).length < 5)('has over 500 by five tools or more', () => {
    expect(made.length).toBeGreaterThanOrEqual(500)
  })

  it('S-21: is accepted whole, and unpacks to what was packed', async () => {
    const wrong: string[] = []
    for (const name of made) {
      const target = join(root, `own-${name}`)
      try {
        await unpack(join(archives, name), target)
        const found = plain(hashTree(target))
        if (JSON.stringify(found) !== JSON.stringify(plain(treeOf(name) ?? {})))
          wrong.push(`${name}: other content`)
      } catch (error) {
        wrong.push(
          `${name}: ${error instanceof ArchiveReject ? `${error.code} ${error.message}` : String(error)}`,
        )
      }
      rmSync(target, { recursive: true, force: true })
    }
    expect(wrong).toEqual([])
  }, 120_000)
})

describe('other readers find the same', () => {
  const extract = (tool: string, kind: RegExp, build: (archive: string, target: string) => string[]) =>
    it.skipIf(!has(tool))(
      `${tool}, if it is installed`,
      async () => {
        const wrong: string[] = []
        await forEachOf(
          made.filter((name) => kind.test(name) && !(tool === 'unzip' && UNZIP_MISREADS.test(name))),
          async (name) => {
            const target = join(root, `${tool}-${name}`)
            mkdirSync(target)
            const [program = '', ...rest] = build(join(archives, name), target)
            await run(program, rest, { env: ENVIRONMENT })
            const found = plain(hashTree(target))
            if (JSON.stringify(found) !== JSON.stringify(plain(treeOf(name) ?? {}))) wrong.push(name)
            rmSync(target, { recursive: true, force: true })
          },
        )
        expect(wrong).toEqual([])
      },
      120_000,
    )

  extract('unzip', /\.zip$/, (archive, target) => ['unzip', '-qq', archive, '-d', target])
  extract('7z', /\.zip$/, (archive, target) => ['7z', 'x', '-y', '-bso0', '-bsp0', `-o${target}`, archive])
  extract('tar', /\.tar/, (archive, target) => ['tar', '-xf', archive, '-C', target])

  it.skipIf(!has('python3'))(
    'python3, if it is installed',
    async () => {
      const reading = run('python3', [join(TOOLS, 'read.py')], {
        env: ENVIRONMENT,
        maxBuffer: 64 * 1024 * 1024,
      })
      reading.child.stdin?.end(made.map((name) => join(archives, name)).join('\n'))
      const found = JSON.parse((await reading).stdout) as Record<string, Record<string, string>>
      const wrong = Object.entries(found).filter(
        ([path, hashes]) =>
          JSON.stringify(plain(hashes)) !== JSON.stringify(plain(treeOf(basename(path)) ?? {})),
      )
      expect(wrong.map(([path]) => basename(path))).toEqual([])
      expect(Object.keys(found)).toHaveLength(made.length)
    },
    120_000,
  )
})

/** What these tools can write too and nobody needs for a server: two readers disagree about it, or it is no plain file. */
type Listed = readonly [what: string, rule: string, tool: string, argv: readonly string[]]
const LISTED: readonly Listed[] = [
  [
    'another method (bzip2)',
    'ZIP_METHOD',
    '7z',
    ['7z', 'a', '-bso0', '-tzip', '-mm=BZip2', 'OUT', 'text.txt'],
  ],
  ['another method (LZMA)', 'ZIP_METHOD', '7z', ['7z', 'a', '-bso0', '-tzip', '-mm=LZMA', 'OUT', 'text.txt']],
  [
    'another method (Deflate64)',
    'ZIP_METHOD',
    '7z',
    ['7z', 'a', '-bso0', '-tzip', '-mm=Deflate64', 'OUT', 'text.txt'],
  ],
  ['encryption', 'ZIP_CRYPT', '7z', ['7z', 'a', '-bso0', '-tzip', '-psecret', 'OUT', 'text.txt']],
  ['the 7z format', 'BAD_MAGIC', '7z', ['7z', 'a', '-bso0', '-t7z', 'OUT', 'text.txt']],
  ['encryption', 'ZIP_CRYPT', 'zip', ['zip', '-q', '-P', 'secret', 'OUT', 'text.txt']],
  ['a symbolic link', 'ZIP_TYPE', 'zip', ['zip', '-qy', 'OUT', 'text.txt', 'link']],
  ['a symbolic link', 'TAR_TYPE', 'tar', ['tar', '-cf', 'OUT', 'text.txt', 'link']],
  ['a hard link', 'TAR_TYPE', 'tar', ['tar', '-cf', 'OUT', 'text.txt', 'twin.txt']],
  ['a sparse file', 'TAR_SPARSE', 'tar', ['tar', '-S', '-cf', 'OUT', 'sparse']],
  ['the format of 1979', 'BAD_MAGIC', 'tar', ['tar', '--format=v7', '-cf', 'OUT', 'text.txt']],
  ['a zip of "."', 'ZIP_NAME', 'bsdtar', ['bsdtar', '--format=zip', '-cf', 'OUT', './text.txt']],
  ['the cpio format', 'BAD_MAGIC', 'bsdtar', ['bsdtar', '--format=cpio', '-cf', 'OUT', 'text.txt']],
]

describe('valid, and refused all the same', () => {
  const folder = join(root, 'listed')
  beforeAll(() => {
    mkdirSync(folder)
    writeFileSync(join(folder, 'text.txt'), 'text '.repeat(1000))
    symlinkSync('text.txt', join(folder, 'link'))
    linkSync(join(folder, 'text.txt'), join(folder, 'twin.txt'))
    writeFileSync(join(folder, 'sparse'), '')
    truncateSync(join(folder, 'sparse'), 4 * 1024 * 1024)
  })

  for (const [what, rule, tool, argv] of LISTED) {
    it.skipIf(!has(tool))(`${what}, by ${tool} (if it is installed): ${rule}`, async () => {
      const out = join(mkdtempSync(join(root, 'one-')), 'archive.bin')
      const [program = '', ...rest] = argv.map((word) => (word === 'OUT' ? out : word))
      await run(program, rest, { cwd: folder, env: ENVIRONMENT })
      await expect(unpack(out, join(out, '../target'))).rejects.toMatchObject({ code: rule })
    })
  }

  it.skipIf(!has('zip'))('names outside ASCII, by zip (if it is installed): ZIP_UNICODE', async () => {
    expect(unmarked.length).toBeGreaterThanOrEqual(4)
    for (const name of unmarked) {
      await expect(unpack(join(archives, name), join(root, `unmarked-${name}`))).rejects.toMatchObject({
        code: 'ZIP_UNICODE',
      })
    }
  })
})
