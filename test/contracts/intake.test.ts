/** The whole of intake around a jail that runs nothing: what comes out, and that what fails leaves nothing. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_ARCHIVE_LIMITS } from '../../src/domain/archive.ts'
import { DEFAULT_LIMITS } from '../../src/domain/server.ts'
import { buildZip } from '../../src/domain/zip.ts'
import { openIntake, type Intake } from '../../src/intake/intake.ts'
import { systemClock } from '../../src/system/clock.ts'
import { removeTree } from '../../src/system/files.ts'
import { createFakeJail } from '../fakes/jail.ts'
import { createScanSettings, neverScanned } from '../fakes/scan-cache.ts'

const signal = new AbortController().signal
let root: string
let intake: Intake
const open = () =>
  openIntake({
    reserveBytes: 0,
    scan: createScanSettings(false),
    uploadsDir: join(root, 'uploads'),
    serversDir: join(root, 'servers'),
    limits: { ...DEFAULT_ARCHIVE_LIMITS, maxArchiveBytes: 1_000_000 },
    allowedRuntimes: ['python', 'bash'],
    defaults: {},
    installTimeoutSeconds: 60,
    installCache: true,
    installLimits: DEFAULT_LIMITS,
    environment: {},
    jail: createFakeJail(),
    clock: systemClock,
  })
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'intake-test-'))
  intake = await open()
})
afterEach(() => removeTree(tmpdir(), root))

async function* bytes(...chunks: (Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk
    yield chunk
  }
}
const files = (entries: Record<string, string>) =>
  buildZip(
    Object.entries(entries).map(([path, text]) => ({
      path,
      data: Buffer.from(text),
      mode: path.endsWith('.sh') ? 0o755 : 0o644,
    })),
  )

/** Everything below the platform's directories that is a file. */
const leftovers = () =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name)

async function deploy(zip: Uint8Array, config = {}) {
  const stages: string[] = []
  const archive = await intake.receive(bytes(zip), signal)
  try {
    const installed = await intake.install(
      {
        archive,
        config,
        onStage: (stage, status) => stages.push(`${stage} ${status}`),
        onLog: () => undefined,
        onScan: neverScanned,
      },
      signal,
    )
    return { installed, stages }
  } finally {
    await intake.discard(archive)
  }
}

describe('install', () => {
  it('publishes a read-only tree named by its hash and says what it decided', async () => {
    const zip = await files({ 'server.sh': '#!/bin/bash\necho hi\n', 'lib/a.txt': 'x' })
    const { installed, stages } = await deploy(zip, { environment: { UNITS: 'metric' } })
    expect(stages).toEqual([
      'validate running',
      'validate succeeded',
      'scan skipped',
      'unpack running',
      'unpack succeeded',
      'install running',
      'install skipped',
    ])
    expect(installed).toMatchObject({
      archiveFormat: 'zip',
      archiveBytes: zip.length,
      config: { environment: { UNITS: 'metric' }, maxRestarts: 5 },
      detection: { runtime: 'bash', command: ['bash', 'server.sh'], installer: null },
    })
    const appDir = join(root, 'servers/store', installed.treeHash)
    expect(installed.appDir).toBe(appDir)
    const mode = (path: string) => (statSync(join(appDir, path)).mode & 0o777).toString(8)
    expect([mode('.'), mode('lib'), mode('lib/a.txt'), mode('server.sh')]).toEqual([
      '555',
      '555',
      '444',
      '555',
    ])
    expect(leftovers().sort()).toEqual(['a.txt', 'server.sh'])
  })

  it('gives the same tree for the same files, once wrapped in a directory', async () => {
    const plain = await deploy(await files({ 'run.sh': '#!/bin/sh\n' }))
    const wrapped = await deploy(await files({ 'thing-1.0/run.sh': '#!/bin/sh\n' }))
    expect(wrapped.installed.treeHash).toBe(plain.installed.treeHash)
    expect(wrapped.installed.detection.reasons[0]).toBe('Everything lay in thing-1.0/, which became /app')
    expect(readdirSync(join(root, 'servers/store'))).toHaveLength(1)
  })

  it.each([
    ['archive_rejected', { 'a.sh': 'x', 'A.sh': 'y' }, {}],
    ['runtime_not_detected', { 'readme.md': 'nothing here' }, {}],
    ['runtime_not_allowed', { 'index.js': '1' }, {}],
    ['command_not_found', { 'server.py': '1' }, { command: ['python', 'sever.py'] }],
    ['invalid_config', { 'server.py': '1', 'server_config.json': '{"command":"python"}' }, {}],
    ['unsupported_setting', { 'server.py': '1', 'server_config.json': '{"sandboxed":false}' }, {}],
  ])('%s leaves nothing, also for the next start', async (code, entries, config) => {
    await expect(deploy(await files(entries as Record<string, string>), config)).rejects.toMatchObject({
      code,
    })
    expect(leftovers()).toEqual([])
    intake = await open()
    expect(leftovers()).toEqual([])
    expect(readdirSync(join(root, 'servers/store'))).toEqual([])
  })

  it('stops when it is cancelled and leaves nothing', async () => {
    const archive = await intake.receive(bytes(await files({ 'server.py': '1' })), signal)
    const controller = new AbortController()
    const request = {
      archive,
      config: {},
      onStage: () => controller.abort(new Error('enough')),
      onLog: () => undefined,
      onScan: neverScanned,
    }
    await expect(intake.install(request, controller.signal)).rejects.toThrow('enough')
    await intake.discard(archive)
    expect(leftovers()).toEqual([])
  })
})

describe('receive', () => {
  it('keeps the bytes and their hash', async () => {
    const archive = await intake.receive(bytes(Buffer.from('ab'), Buffer.from('c')), signal)
    expect(archive).toMatchObject({
      bytes: 3,
      hash: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    })
    expect(readFileSync(archive.path, 'utf8')).toBe('abc')
    expect(statSync(archive.path).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['body_too_large', () => bytes(Buffer.alloc(999_999), Buffer.alloc(2))],
    ['archive_truncated', () => bytes(Buffer.alloc(10), new Error('ECONNRESET'))],
  ])('%s leaves no file', async (code, source) => {
    await expect(intake.receive(source(), signal)).rejects.toMatchObject({ code })
    expect(leftovers()).toEqual([])
  })
})

describe('collect', () => {
  it('removes what nobody names and spares what a deployment is just making', async () => {
    const first = await deploy(await files({ 'a.sh': '#!/bin/sh\n' }))
    const archive = await intake.receive(bytes(await files({ 'b.sh': '#!/bin/sh\n' })), signal)
    const second = await intake.install(
      { archive, config: {}, onStage: () => undefined, onLog: () => undefined, onScan: neverScanned },
      signal,
    )
    await intake.collect([])
    expect(existsSync(first.installed.appDir)).toBe(false)
    expect(existsSync(second.appDir)).toBe(true)
    await intake.discard(archive)
    await intake.collect([second.treeHash])
    expect(existsSync(second.appDir)).toBe(true)
    await intake.collect([])
    expect(existsSync(second.appDir)).toBe(false)
  })
})

describe('openIntake', () => {
  it('removes what a daemon that died left half done', async () => {
    await intake.receive(bytes(Buffer.from('half')), signal)
    expect(leftovers()).toHaveLength(1)
    intake = await open()
    expect(leftovers()).toEqual([])
  })
})
