/** Real installs of real packages in the real jail; where a registry is out of reach the tests are named skips. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_ARCHIVE_LIMITS } from '../../src/domain/archive.ts'
import { buildZip } from '../../src/domain/zip.ts'
import { openIntake, type Installed, type Intake } from '../../src/intake/intake.ts'
import { createTools } from '../../src/runtime/sandbox/find-tools.ts'
import { createInterpreters } from '../../src/runtime/sandbox/interpreters.ts'
import { createJail } from '../../src/runtime/sandbox/jail.ts'
import { systemClock } from '../../src/system/clock.ts'
import { removeTree } from '../../src/system/files.ts'
import { PUBLIC_NPM_REGISTRY, PUBLIC_PYTHON_INDEX } from '../../src/intake/install/public-sources.ts'
import { openTestEgress } from '../fakes/egress.ts'
import { openHarness, runInside, type Harness } from './sandbox-harness.ts'
import { createScanSettings, neverScanned } from '../fakes/scan-cache.ts'

const environment = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
)
const answers = (url: string) =>
  fetch(url, { signal: AbortSignal.timeout(10_000) }).then(
    (response) => response.ok,
    () => false,
  )
const hasNpm = await answers(`${PUBLIC_NPM_REGISTRY}ms`)
const hasPypi = await answers(`${PUBLIC_PYTHON_INDEX}/iniconfig/`)
const npmSkip = hasNpm ? '' : ' [skipped: the npm registry is out of reach]'
const pypiSkip = hasPypi ? '' : ' [skipped: PyPI is out of reach]'

let harness: Harness
let intake: Intake
beforeAll(async () => {
  harness = await openHarness()
  const tools = createTools(harness.host, createInterpreters(harness.host))
  intake = await openIntake({
    reserveBytes: 0,
    scan: createScanSettings(false),
    uploadsDir: join(harness.dataDir, 'uploads'),
    serversDir: join(harness.dataDir, 'servers'),
    limits: DEFAULT_ARCHIVE_LIMITS,
    allowedRuntimes: ['python', 'node', 'bash'],
    defaults: {},
    installTimeoutSeconds: 120,
    installCache: true,
    installLimits: { memoryMb: 1024, cpuPercent: 200, maxProcesses: 128, diskMb: 512 },
    environment,
    jail: createJail({ host: harness.host, tools, minTier: 'namespaces', egress: openTestEgress() }),
    clock: systemClock,
  })
})
afterAll(async () => {
  // Published trees are read-only, also for who made them.
  await removeTree(harness.dataDir, join(harness.dataDir, 'servers'))
  await harness.close()
})

type Deployed = Installed & { readonly log: readonly string[] }

async function deploy(files: Record<string, string>, config = {}): Promise<Deployed> {
  const zip = await buildZip(
    Object.entries(files).map(([path, text]) => ({ path, data: Buffer.from(text), mode: 0o644 })),
  )
  const signal = new AbortController().signal
  const archive = await intake.receive(
    (async function* () {
      yield zip
    })(),
    signal,
  )
  const log: string[] = []
  try {
    const installed = await intake.install(
      {
        archive,
        config,
        onStage: () => undefined,
        onLog: (_stage, line) => log.push(line),
        onScan: neverScanned,
      },
      signal,
    )
    return { ...installed, log }
  } finally {
    await intake.discard(archive)
  }
}

/** What the version's own start command prints, in the sandbox that servers get. */
async function runVersion({ appDir, detection }: Deployed): Promise<string> {
  const spec = await harness.spec({ command: detection.command, runtime: detection.runtime })
  const instance = await harness.backend.start({ ...spec, appDir }, harness.ledger)
  instance.stderr.resume()
  let text = ''
  for await (const chunk of instance.stdout) text += String(chunk)
  return text
}

const staged = () => readdirSync(join(harness.dataDir, 'servers/staging'))

describe('npm', () => {
  const server = (range: string) => ({
    'package.json': JSON.stringify({ name: 'times', main: 'server.js', dependencies: { ms: range } }),
    'server.js': "console.log(require('ms')(60000))",
  })

  it.skipIf(!hasNpm)(`installs, and the second time links from the cache${npmSkip}`, async () => {
    const first = await deploy(server('2.1.3'))
    expect(first.detection).toMatchObject({ installer: 'npm', command: ['node', 'server.js'] })
    expect(first.log[0]).toBe('$ npm install')
    expect(await runVersion(first)).toBe('1m\n')

    const second = await deploy({ ...server('2.1.3'), 'new-file': '' })
    expect(second.log).toEqual(['node_modules comes from the cache'])
    expect(second.treeHash).not.toBe(first.treeHash)
    expect(await runVersion(second)).toBe('1m\n')
    const inode = (version: Deployed) => statSync(join(version.appDir, 'node_modules/ms/index.js')).ino
    expect(inode(second)).toBe(inode(first))
    expect(statSync(join(second.appDir, 'node_modules/ms/index.js'))).toMatchObject({
      uid: process.getuid?.(),
    })
  })

  it.skipIf(!hasNpm)(`names a package that does not exist and leaves nothing${npmSkip}`, async () => {
    const files = {
      'package.json': JSON.stringify({
        main: 'a.js',
        dependencies: { '@haivemind-none/no-such-package': '1' },
      }),
      'a.js': '',
    }
    await expect(deploy(files)).rejects.toMatchObject({
      code: 'install_failed',
      message: expect.stringContaining('no-such-package') as unknown,
      hint: 'There is no such package in the registry: correct its name in package.json.',
    })
    expect(staged()).toEqual([])
  })

  it.skipIf(!hasNpm)(`runs no install script${npmSkip}`, async () => {
    const version = await deploy({
      ...server('2.1.3'),
      'package.json': JSON.stringify({
        main: 'server.js',
        dependencies: { ms: '2.1.3' },
        scripts: {
          preinstall: 'touch ran',
          install: 'touch ran',
          postinstall: 'touch ran',
          prepare: 'touch ran',
        },
      }),
    })
    expect(readdirSync(version.appDir).sort()).toEqual(['node_modules', 'package.json', 'server.js'])
  })
})

describe('pip', () => {
  it.skipIf(!hasPypi)(
    `installs requirements.txt, and the second time links from the cache${pypiSkip}`,
    async () => {
      const files = {
        'requirements.txt': 'iniconfig==2.0.0\n',
        'server.py': 'import iniconfig, sys\nprint(iniconfig.__name__, sys.prefix)\n',
      }
      const first = await deploy(files)
      expect(first.detection.command).toEqual(['/app/.venv/bin/python', '-u', 'server.py'])
      expect(await runVersion(first)).toBe('iniconfig /app/.venv\n')
      expect(readdirSync(first.appDir).sort()).toEqual(['.venv', 'requirements.txt', 'server.py'])

      const second = await deploy(files)
      expect(second.log).toEqual(['.venv comes from the cache'])
      expect(second.treeHash).toBe(first.treeHash)
    },
  )

  it.skipIf(!hasPypi)(`makes a project importable and known without building it${pypiSkip}`, async () => {
    const version = await deploy({
      'pyproject.toml': [
        '[project]',
        'name = "Sample.Server"',
        'version = "1.2"',
        'dependencies = ["iniconfig>=2"]',
        '[project.scripts]',
        'sample = "sample:main"',
        '[build-system]',
        'requires = ["no-such-build-backend-of-haivemind"]',
        'build-backend = "nowhere"',
      ].join('\n'),
      'src/sample/__init__.py': [
        'from importlib.metadata import version, entry_points',
        'import iniconfig',
        'def main():',
        '  print(version("sample-server"), [e.name for e in entry_points(group="console_scripts") if e.value == "sample:main"])',
      ].join('\n'),
    })
    expect(await runVersion(version)).toBe("1.2 ['sample']\n")
  })

  it.skipIf(!hasPypi)(`names what cannot be had and leaves nothing${pypiSkip}`, async () => {
    const files = { 'requirements.txt': 'haivemind-no-such-package-at-all==1', 'server.py': '' }
    await expect(deploy(files)).rejects.toMatchObject({
      code: 'install_failed',
      message: expect.stringContaining('haivemind-no-such-package-at-all') as unknown,
      hint: expect.stringContaining('only wheels are installed') as unknown,
    })
    expect(staged()).toEqual([])
  })
})

describe('without a network', () => {
  it('makes the environment of a project that needs nothing', async () => {
    const version = await deploy({
      'pyproject.toml':
        '[project]\nname = "plain"\nversion = "3.1"\n[project.scripts]\nplain = "plain:run"\n',
      'plain.py': 'import importlib.metadata\ndef run(): print(importlib.metadata.version("plain"))\n',
    })
    expect(version.log[0]).toMatch(/^\$ (?:python -m|uv) venv$/)
    expect(version.log.join()).not.toContain('install')
    expect(await runVersion(version)).toBe('3.1\n')
  })

  it('runs no module of the archive in the place of the installer’s own', async () => {
    const version = await deploy({
      // Nothing to fetch, and still not what another test left in the cache.
      'requirements.txt': '--pre\n',
      ...Object.fromEntries(
        ['venv.py', 'pip.py', 'logging.py', 'shutil.py'].map((name) => [
          name,
          "open('/app/ran-in-install', 'w')",
        ]),
      ),
      'server.py': 'import os; print(os.path.exists("/app/ran-in-install"), os.path.exists("/app/.venv"))',
    })
    expect(await runVersion(version)).toBe('False True\n')
  })

  it('refuses a server for another Python before it installs', async () => {
    const files = {
      'pyproject.toml': '[project]\nname = "future"\nversion = "1"\nrequires-python = ">=4.0"\n',
      'server.py': '',
    }
    await expect(deploy(files)).rejects.toMatchObject({
      code: 'install_failed',
      message: expect.stringMatching(/^The server needs Python >=4\.0; here is .*3\./) as unknown,
    })
  })

  it('says that an unreachable source is out of reach', async () => {
    const files = {
      'package.json': JSON.stringify({
        main: 'a.js',
        dependencies: { ms: 'https://registry.invalid/ms.tgz' },
      }),
      'a.js': '',
    }
    await expect(deploy(files)).rejects.toMatchObject({ code: 'install_failed' })
    expect(staged()).toEqual([])
  })
})

it('keeps the published tree out of a server’s reach', async () => {
  const version = await deploy({ 'server.sh': 'echo changed > /app/server.sh; echo "code $?"' })
  expect(await runVersion(version)).toBe('code 1\n')
  expect(readFileSync(join(version.appDir, 'server.sh'), 'utf8')).toContain('echo changed')
  expect(await runInside(harness, 'echo alive')).toBe('alive\n')
})
