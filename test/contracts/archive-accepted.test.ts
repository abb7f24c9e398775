import { execFileSync } from 'node:child_process'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync, readFileSync, statSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_ARCHIVE_LIMITS } from '../../src/domain/archive.ts'
import { buildZip } from '../../src/domain/zip.ts'
import { unpackArchive } from '../../src/intake/unpack/unpack-archive.ts'
import { systemClock } from '../../src/system/clock.ts'

/** Archives as the tools of the field make them are accepted, with names, contents and x bits intact. */
/** Too long for a tar header's name: prefix, GNU long name or pax path. */
const LONG = `lib/${'d'.repeat(90)}/${'f'.repeat(90)}.txt`
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'archive-accepted-'))
  mkdirSync(join(root, 'in/lib/deep'), { recursive: true })
  mkdirSync(join(root, 'in', LONG, '..'), { recursive: true })
  writeFileSync(join(root, 'in/server.py'), 'print("hi")\n')
  writeFileSync(join(root, 'in/run.sh'), '#!/bin/bash\n', { mode: 0o755 })
  writeFileSync(join(root, 'in/lib/deep/empty'), '')
  writeFileSync(join(root, 'in/lib/noise.bin'), Buffer.alloc(300_000, 'abcdefg'))
  writeFileSync(join(root, 'in', LONG), 'x')
  writeFileSync(join(root, 'in/package.json'), '{"name":"sample","version":"1.2.3","files":["*"]}')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const has = (program: string) => {
  try {
    execFileSync('/bin/sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const PYTHON_ZIP = `
import sys, zipfile, os
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:
    for d, _, fs in os.walk('.'):
        for f in fs: z.write(os.path.join(d, f))
`
const PYTHON_STREAMED_ZIP = PYTHON_ZIP.replace(
  'ZipFile(sys.argv[1]',
  'ZipFile(Out(open(sys.argv[1], "wb"))',
).replace(
  'with',
  `class Out:
    def __init__(self, f): self.f = f
    def write(self, b): return self.f.write(b)
    def flush(self): self.f.flush()
with`,
)
const PYTHON_TAR = `
import sys, tarfile
with tarfile.open(sys.argv[1], 'w:gz', format=tarfile.PAX_FORMAT) as t: t.add('.', arcname='sample-1.0')
`

type Maker = {
  readonly by: string
  readonly needs: string
  readonly format: string
  readonly top: string
  readonly argv: readonly string[]
}
const MAKERS: readonly Maker[] = [
  { by: 'zip -r', needs: 'zip', format: 'zip', top: '', argv: ['zip', '-qr', 'OUT', '.'] },
  {
    by: 'zip to a pipe',
    needs: 'zip',
    format: 'zip',
    top: '',
    argv: ['sh', '-c', 'zip -qr - . | cat > OUT'],
  },
  {
    by: 'Python zipfile',
    needs: 'python3',
    format: 'zip',
    top: '',
    argv: ['python3', '-c', PYTHON_ZIP, 'OUT'],
  },
  {
    by: 'Python zipfile, streamed',
    needs: 'python3',
    format: 'zip',
    top: '',
    argv: ['python3', '-c', PYTHON_STREAMED_ZIP, 'OUT'],
  },
  { by: 'tar of .', needs: 'tar', format: 'tar', top: '', argv: ['tar', '-cf', 'OUT', '.'] },
  { by: 'tar, pax', needs: 'tar', format: 'tar', top: '', argv: ['tar', '--format=pax', '-cf', 'OUT', '.'] },
  {
    by: 'tar, ustar',
    needs: 'tar',
    format: 'tar',
    top: '',
    argv: ['tar', '--format=ustar', '-cf', 'OUT', '.'],
  },
  { by: 'tar -z of names', needs: 'tar', format: 'tar.gz', top: '', argv: ['sh', '-c', 'tar -czf OUT *'] },
  { by: 'tar --zstd', needs: 'zstd', format: 'tar.zst', top: '', argv: ['tar', '--zstd', '-cf', 'OUT', '.'] },
  {
    by: 'Python tarfile, as an sdist',
    needs: 'python3',
    format: 'tar.gz',
    top: 'sample-1.0/',
    argv: ['python3', '-c', PYTHON_TAR, 'OUT'],
  },
  {
    by: 'npm pack',
    needs: 'npm',
    format: 'tar.gz',
    top: 'package/',
    argv: ['sh', '-c', 'npm pack --silent --pack-destination .. >/dev/null && mv ../sample-1.2.3.tgz OUT'],
  },
]

describe('archives of common tools', () => {
  for (const maker of MAKERS) {
    const skip = has(maker.needs) ? '' : ` [skipped: ${maker.needs} is not installed]`
    it.skipIf(skip !== '')(`${maker.by}${skip}`, () => accepts(maker))
  }
})

async function accepts({ format, top, argv }: Maker): Promise<void> {
  const out = join(root, 'made.zip')
  const [program = '', ...args] = argv.map((word) => word.replace('OUT', out))
  execFileSync(program, args, { cwd: join(root, 'in') })
  const target = join(root, 'target')
  mkdirSync(target, { mode: 0o700 })
  const result = await unpackArchive(
    out,
    target,
    DEFAULT_ARCHIVE_LIMITS,
    systemClock,
    AbortSignal.timeout(60_000),
  )
  expect(result).toMatchObject({ format, files: 6, signed: false })
  const unpacked = join(target, top)
  expect(readFileSync(join(unpacked, 'server.py'), 'utf8')).toBe('print("hi")\n')
  expect(readFileSync(join(unpacked, 'lib/noise.bin')).equals(Buffer.alloc(300_000, 'abcdefg'))).toBe(true)
  expect(existsSync(join(unpacked, LONG))).toBe(true)
  expect((statSync(join(unpacked, 'run.sh')).mode & 0o777).toString(8)).toBe('755')
  expect(statSync(join(unpacked, 'server.py')).mode & 0o777).toBe(0o644)
}

describe('what the platform packs itself', () => {
  const readers: readonly (readonly [string, readonly string[]])[] = [
    ['unzip', ['unzip', '-tq', 'ZIP']],
    [
      'python3',
      ['python3', '-c', 'import sys, zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None', 'ZIP'],
    ],
  ]
  for (const [program, argv] of readers) {
    const skip = has(program) ? '' : ` [skipped: ${program} is not installed]`
    it.skipIf(skip !== '')(`is read by ${program}${skip}`, async () => {
      const zip = join(root, 'packed.zip')
      const data = Buffer.alloc(100_000, 'text ')
      writeFileSync(
        zip,
        await buildZip([
          { path: 'é/run.sh', data, mode: 0o755 },
          { path: 'x', data, mode: 0o644 },
        ]),
      )
      const [first = '', ...rest] = argv.map((word) => word.replace('ZIP', zip))
      expect(() => execFileSync(first, rest, { stdio: 'pipe' })).not.toThrow()
      mkdirSync(join(root, 'target'), { mode: 0o700 })
      const signal = AbortSignal.timeout(60_000)
      const unpacked = await unpackArchive(
        zip,
        join(root, 'target'),
        DEFAULT_ARCHIVE_LIMITS,
        systemClock,
        signal,
      )
      expect(unpacked).toMatchObject({ format: 'zip', files: 2, bytes: 200_000 })
      expect(statSync(join(root, 'target/é/run.sh')).mode & 0o777).toBe(0o755)
    })
  }
})
