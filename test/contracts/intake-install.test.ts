/** Installing around a jail that plays the installer: what the job gets, how it ends, what is left. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_ARCHIVE_LIMITS } from '../../src/domain/archive.ts'
import { DEFAULT_LIMITS } from '../../src/domain/server.ts'
import { buildZip } from '../../src/domain/zip.ts'
import { openIntake, type Installed } from '../../src/intake/intake.ts'
import type { JailJob, JailResult } from '../../src/intake/ports.ts'
import { systemClock } from '../../src/system/clock.ts'
import { removeTree } from '../../src/system/files.ts'
import { createFakeJail, type FakeJail } from '../fakes/jail.ts'
import { createScanSettings, neverScanned } from '../fakes/scan-cache.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'intake-install-'))
})
afterEach(() => removeTree(tmpdir(), root))

const npmFiles = {
  'package.json': '{"main":"a.js","dependencies":{"left-pad":"1"}}',
  'package-lock.json': '{"lockfileVersion":3}',
  'a.js': '',
}
const pyFiles = { 'requirements.txt': 'a\n--index-url https://evil.example/\n', 'server.py': '' }
const environment = {
  HOME: '/nonexistent',
  PATH: '/host/bin',
  HAIVEMIND_SECRET: 'hush',
  npm_config_registry: 'https://user:hush@r.example/',
  PIP_INDEX_URL: 'https://p.example/simple',
}

async function deploy(
  files: Record<string, string>,
  jail: FakeJail,
  installCache = true,
): Promise<Installed> {
  const intake = await openIntake({
    reserveBytes: 0,
    scan: createScanSettings(false),
    uploadsDir: join(root, 'uploads'),
    serversDir: join(root, 'servers'),
    limits: DEFAULT_ARCHIVE_LIMITS,
    allowedRuntimes: ['python', 'node', 'bash'],
    defaults: {},
    installTimeoutSeconds: 77,
    installCache,
    installLimits: DEFAULT_LIMITS,
    environment,
    jail,
    clock: systemClock,
  })
  const zip = await buildZip(
    Object.entries(files).map(([path, text]) => ({ path, data: Buffer.from(text), mode: 0o644 })),
  )
  const signal = new AbortController().signal
  const source = (async function* () {
    yield zip
  })()
  const archive = await intake.receive(source, signal)
  try {
    return await intake.install(
      { archive, config: {}, onStage: () => undefined, onLog: () => undefined, onScan: neverScanned },
      signal,
    )
  } finally {
    await intake.discard(archive)
  }
}

/** Does what npm would: a package and a link in .bin. */
async function playNpm(job: JailJob): Promise<void> {
  mkdirSync(join(job.appDir, 'node_modules/left-pad'), { recursive: true })
  writeFileSync(join(job.appDir, 'node_modules/left-pad/index.js'), 'pad')
}

/** Does what venv and pip would, as far as anybody looks. */
async function playPip(job: JailJob): Promise<void> {
  if (!job.argv.includes('venv')) return
  mkdirSync(join(job.appDir, '.venv/lib/python3.11/site-packages'), { recursive: true })
  writeFileSync(join(job.appDir, '.venv/pyvenv.cfg'), 'home = /usr/bin\n')
}

const leftovers = () =>
  ['servers/staging', 'servers/store', 'servers/cache', 'uploads'].flatMap((path) =>
    readdirSync(join(root, path)),
  )

describe('a job', () => {
  it('gets the operator’s sources, and nothing else of the daemon’s', async () => {
    const jail = createFakeJail({ onRun: playNpm })
    await deploy(npmFiles, jail)
    expect(jail.jobs).toHaveLength(1)
    expect(jail.jobs[0]).toMatchObject({
      reach: [{ host: 'r.example', port: 443 }],
      limits: DEFAULT_LIMITS,
      timeoutSeconds: 77,
    })
    expect(jail.jobs[0]?.argv).toContain('--registry=https://r.example/')
    expect(JSON.stringify(jail.jobs)).not.toMatch(/hush|host\/bin/)
  })

  it('reads requirements that name no other source, and the version does not keep the file', async () => {
    const seen: string[] = []
    const jail = createFakeJail({
      async onRun(job) {
        await playPip(job)
        const path = join(job.appDir, '.haivemind-requirements.txt')
        if (job.argv.includes('install')) seen.push(readFileSync(path, 'utf8'))
      },
    })
    const { appDir, detection } = await deploy(pyFiles, jail)
    expect(seen).toEqual(['a\n'])
    expect(readdirSync(appDir).toSorted((a, b) => a.localeCompare(b))).toEqual([
      '.venv',
      'requirements.txt',
      'server.py',
    ])
    expect(detection.notices).toEqual([
      'requirements.txt: "--index-url https://evil.example/" is left out; packages come from the operator\'s sources',
    ])
    expect(jail.jobs.map((job) => job.reach.map((place) => place.host))).toEqual([
      ['p.example'],
      ['p.example'],
      ['p.example'],
      ['p.example'],
    ])
  })
})

it('keeps the versions that were installed with the version, of what it depends on by itself', async () => {
  const jail = createFakeJail({
    async onRun(job) {
      await playNpm(job)
      const write = (name: string, version: string) => {
        mkdirSync(join(job.appDir, 'node_modules', name), { recursive: true })
        writeFileSync(
          join(job.appDir, 'node_modules', name, 'package.json'),
          JSON.stringify({ name, version }),
        )
      }
      write('left-pad', '1.3.0')
      write('of-left-pad', '9.0.0')
    },
  })
  const { detection } = await deploy(npmFiles, jail)
  expect(detection.shape).toMatchObject({ dependencies: ['left-pad'], versions: { 'left-pad': '1.3.0' } })
  expect(Object.keys(detection.shape?.versions ?? {})).toEqual(['left-pad'])
})

describe('the cache', () => {
  it('is asked first, and shares its files', async () => {
    const jail = createFakeJail({ onRun: playNpm })
    const first = await deploy(npmFiles, jail)
    const second = await deploy({ ...npmFiles, 'b.js': '' }, jail)
    expect(jail.jobs).toHaveLength(1)
    const inode = (version: Installed) => statSync(join(version.appDir, 'node_modules/left-pad/index.js')).ino
    expect(inode(second)).toBe(inode(first))
    expect(second.detection.reasons.at(-1)).toBe('Dependencies installed with npm, from the cache')
  })

  it('is not asked for another lock file', async () => {
    const jail = createFakeJail({ onRun: playNpm })
    await deploy(npmFiles, jail)
    await deploy({ ...npmFiles, 'package-lock.json': '{"lockfileVersion":2}' }, jail)
    expect(jail.jobs).toHaveLength(2)
  })

  it('is left alone where the operator turned it off', async () => {
    const jail = createFakeJail({ onRun: playNpm })
    await deploy(npmFiles, jail, false)
    expect(readdirSync(join(root, 'servers/cache'))).toEqual([])
    await deploy(npmFiles, jail)
    await deploy(npmFiles, jail, false)
    expect(jail.jobs).toHaveLength(3)
  })

  it('takes nothing from an install that was refused afterwards', async () => {
    const jail = createFakeJail({
      async onRun(job) {
        await playNpm(job)
        const { symlinkSync } = await import('node:fs')
        symlinkSync('/etc/passwd', join(job.appDir, 'node_modules/out'))
      },
    })
    await expect(deploy(npmFiles, jail)).rejects.toMatchObject({
      code: 'install_failed',
      message:
        'What was installed cannot be kept: the link node_modules/out → /etc/passwd leads out of the tree',
    })
    expect(leftovers()).toEqual([])
  })
})

describe('an install that does not succeed', () => {
  it.each<readonly [Partial<JailResult>, string, string]>([
    [
      { code: 1 },
      'install_failed',
      'npm ci failed with exit code 1 (not given credentials for r.example): npm error 404 Not Found - GET x',
    ],
    [{ outcome: 'timeout', code: null }, 'install_timeout', 'npm ci took more than 77 s'],
    [{ outcome: 'out_of_memory', code: null }, 'install_failed', 'npm ci needs more than 512 MiB of memory'],
    [{ outcome: 'signalled', code: null }, 'install_failed', 'npm ci was killed'],
  ])('%j leaves nothing', async (result, code, message) => {
    const jail = createFakeJail({
      async onRun(job) {
        await playNpm(job)
        job.onLine('npm error 404 Not Found - GET x')
        return result
      },
    })
    await expect(deploy(npmFiles, jail)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as unknown,
      details: { log: ['npm error 404 Not Found - GET x'] },
    })
    expect(leftovers()).toEqual([])
  })

  it('names a file of the archive that stands where the installer’s own has to', async () => {
    const files = { ...pyFiles, '.haivemind-requirements.txt': 'six\n' }
    await expect(deploy(files, createFakeJail())).rejects.toMatchObject({
      code: 'install_failed',
      message: 'The archive holds .haivemind-requirements.txt, a name that installing needs itself',
    })
  })

  it('names the tool that is missing', async () => {
    await expect(deploy(npmFiles, createFakeJail({ tools: ['node'] }))).rejects.toMatchObject({
      code: 'runtime_not_allowed',
      message: 'npm is not to be had in the sandbox, and this archive needs it',
    })
    expect(existsSync(join(root, 'servers/store'))).toBe(true)
    expect(leftovers()).toEqual([])
  })
})

it('goes without the versions of uv.lock where they are gone, and says so', async () => {
  const jail = createFakeJail({
    async onRun(job) {
      await playPip(job)
      if (!job.argv.includes('--constraint')) return {}
      job.onLine('ERROR: ResolutionImpossible: for help visit …')
      return { code: 1 }
    },
  })
  const files = {
    'pyproject.toml': '[project]\nname = "x"\ndependencies = ["a"]\n',
    'uv.lock': '[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "https://p.example/simple" }\n',
    'server.py': '',
  }
  const notice =
    'uv.lock names versions that cannot be had here; pip chose others within the ranges of pyproject.toml'
  expect((await deploy(files, jail)).detection.notices).toEqual([notice])
  const before = jail.jobs.length
  expect((await deploy(files, jail)).detection.notices).toEqual([notice])
  expect(jail.jobs).toHaveLength(before)
})
