/** The quota of /data by effect: what the kernel refuses, what stays, and what is left behind. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBubblewrapBackend } from '../../src/runtime/backends/bubblewrap.ts'
import type { Instance, LaunchSpec } from '../../src/runtime/ports.ts'
import { imageOf } from '../../src/runtime/sandbox/disk/volume.ts'
import { createInterpreters } from '../../src/runtime/sandbox/interpreters.ts'
import type { SandboxHost } from '../../src/runtime/sandbox/open-host.ts'
import { probeHost } from '../../src/runtime/sandbox/probe-host.ts'
import { openHarness, readToEnd, readUntil, skipNote, whyNoSandbox, type Harness } from './sandbox-harness.ts'

let harness: Harness
beforeAll(async () => {
  harness = await openHarness()
})
afterAll(async () => await harness.close())

const FILL = `
import errno
size = 0
try:
    with open('/data/big', 'wb', buffering=0) as f:
        while True: size += f.write(b'x' * 2**20)
except OSError as e: print(size // 2**20, errno.errorcode[e.errno], flush=True)
`
const MANY = `
import errno
made = 0
try:
    while True:
        open('/data/%d' % made, 'w').close()
        made += 1
except OSError as e: print(made, errno.errorcode[e.errno], flush=True)
`

const python = (source: string, diskMb: number) =>
  harness.spec({
    files: { 'main.py': source },
    command: ['python3', 'main.py'],
    runtime: 'python',
    limits: { diskMb },
  })

const bash = (spec: LaunchSpec, script: string, diskMb = spec.config.limits.diskMb): LaunchSpec => ({
  ...spec,
  command: ['bash', '-c', script],
  config: { ...spec.config, limits: { ...spec.config.limits, diskMb } },
})

async function run(spec: LaunchSpec): Promise<{ readonly instance: Instance; readonly words: string[] }> {
  const instance = await harness.backend.start(spec, harness.ledger)
  instance.stderr.resume()
  const words = (await readToEnd(instance)).trim().split(/\s+/)
  await instance.ended
  return { instance, words }
}

const attached = () => execFileSync('/usr/sbin/losetup', ['--list', '--noheadings'], { encoding: 'utf8' })

const images = whyNoSandbox === null && (await findImages())
const note = skipNote === '' && !images ? ' [skipped: no disk image can be mounted here]' : skipNote

async function findImages(): Promise<boolean> {
  const tried = await openHarness()
  await tried.close()
  return tried.host.disk.images !== null
}

describe.skipIf(!images)(`a disk image${note}`, () => {
  it('SB-40: one file meets ENOSPC at the limit, and the host keeps its space', async () => {
    const spec = await python(FILL, 64)
    const { instance, words } = await run(spec)
    expect(words[1]).toBe('ENOSPC')
    expect(Number(words[0])).toBeGreaterThan(48)
    expect(Number(words[0])).toBeLessThanOrEqual(64)
    expect(instance.enforcement.disk).toEqual({ level: 'hard', by: 'loop image', why: null })
    expect(statSync(imageOf(spec.dataDir)).blocks * 512).toBeLessThanOrEqual(64 * 2 ** 20)
  })

  it('SB-40: many files meet ENOSPC too, and the file system is as empty as it can be', async () => {
    const { words } = await run(await python(MANY, 16))
    expect(words[1]).toBe('ENOSPC')
    expect(Number(words[0])).toBeGreaterThan(1000)
    expect(Number(words[0])).toBeLessThanOrEqual((16 * 2 ** 20) / 8192)
  })

  it('takes little of the host’s disk before it is used', async () => {
    const spec = bash(await python('', 512), 'true')
    await run(spec)
    expect(statSync(imageOf(spec.dataDir)).size).toBe(512 * 2 ** 20)
    expect(statSync(imageOf(spec.dataDir)).blocks * 512).toBeLessThan(16 * 2 ** 20)
  })

  it('is private, without the marks of a file system', async () => {
    const spec = await python('', 16)
    const { words } = await run(bash(spec, 'stat -c "%a %U" /data; ls -A /data; echo end'))
    expect(words).toEqual(['700', 'server', 'end'])
  })

  it('keeps its files over restarts, and grows when the limit rises; never shrinks', async () => {
    const spec = await python('', 16)
    const size = 'df --output=size -BM /data | tail -1'
    const first = await run(bash(spec, `echo kept > /data/f; ${size}`))
    const second = await run(bash(spec, `cat /data/f; ${size}`, 64))
    expect(second.words[0]).toBe('kept')
    expect(Number.parseInt(first.words[0] ?? '', 10)).toBeLessThanOrEqual(16)
    expect(Number.parseInt(second.words[1] ?? '', 10)).toBeGreaterThan(32)
    const third = await run(bash(spec, 'cat /data/f', 32))
    expect(third.words).toEqual(['kept'])
    expect(third.instance.enforcement.disk).toEqual({
      level: 'hard',
      by: 'loop image',
      why: 'it holds 64 MiB: an image is never made smaller',
    })
  })

  it('takes up what an earlier, uncounted /data held', async () => {
    const spec = await python('', 16)
    await mkdir(spec.dataDir, { recursive: true })
    await writeFile(`${spec.dataDir}/old`, 'from before')
    const { words } = await run(bash(spec, 'cat /data/old'))
    expect(words).toEqual(['from', 'before'])
    expect(existsSync(`${spec.dataDir}/old`)).toBe(false)
  })

  it('is whole again after the daemon died while making or growing it', async () => {
    const spec = await python('', 16)
    await mkdir(spec.dataDir, { recursive: true })
    // Died while making: a part under another name.
    await writeFile(`${imageOf(spec.dataDir)}.new`, 'a part of an image')
    expect((await run(bash(spec, 'echo kept > /data/f; echo ok'))).words).toEqual(['ok'])
    // Died while growing: the file is larger, the file system is not yet.
    await writeFile(`${imageOf(spec.dataDir)}.growing`, '')
    await truncate(imageOf(spec.dataDir), 64 * 2 ** 20)
    const { words } = await run(bash(spec, 'cat /data/f; df --output=size -BM /data | tail -1', 64))
    expect(words[0]).toBe('kept')
    expect(Number.parseInt(words[1] ?? '', 10)).toBeGreaterThan(32)
    expect(existsSync(`${imageOf(spec.dataDir)}.growing`)).toBe(false)
  })

  it('is seen by its own server alone, and is detached when that ends, even by SIGKILL', async () => {
    const [a, b] = [await python('', 16), await python('', 16)]
    const script =
      'grep -c " ext4 " /proc/self/mountinfo | head -1; grep -c loop /proc/self/mountinfo; sleep 60'
    const running = await harness.backend.start(bash(a, script), harness.ledger)
    const other = await harness.backend.start(bash(b, script), harness.ledger)
    expect((await readUntil(running, /\n.*\n/)).trim().split('\n')[1]).toBe('1')
    expect((await readUntil(other, /\n.*\n/)).trim().split('\n')[1]).toBe('1')
    expect(attached()).toContain(imageOf(a.dataDir))
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(a.dataDir)
    const outer = harness.ledger.rows().find(({ serverId }) => serverId === a.serverId)?.pid ?? 0
    process.kill(outer, 'SIGKILL')
    process.kill(running.pid, 'SIGKILL')
    await running.ended
    await expect.poll(attached, { timeout: 5000 }).not.toContain(imageOf(a.dataDir))
    await other.stop('asked', '', 0)
  })

  it('refuses the start rather than show an empty /data where images cannot be mounted', async () => {
    const spec = await python('', 16)
    await run(bash(spec, 'echo kept > /data/f'))
    const backend = backendOn({ disk: { images: null, quota: null, why: 'no loop devices', fix: null } })
    await expect(backend.start(spec, harness.ledger)).rejects.toMatchObject({
      code: 'sandbox_failed',
      message: expect.stringContaining('no loop devices'),
    })
    expect((await run(bash(spec, 'cat /data/f'))).words).toEqual(['kept'])
  })

  it('refuses the start when the image is damaged beyond use', async () => {
    const spec = await python('', 16)
    await run(bash(spec, 'true'))
    await rename(imageOf(spec.dataDir), `${imageOf(spec.dataDir)}.away`)
    await writeFile(imageOf(spec.dataDir), Buffer.alloc(16 * 2 ** 20))
    await expect(harness.backend.start(spec, harness.ledger)).rejects.toMatchObject({
      code: 'sandbox_failed',
    })
    await rm(imageOf(spec.dataDir))
    await rename(`${imageOf(spec.dataDir)}.away`, imageOf(spec.dataDir))
  })
})

describe.skipIf(whyNoSandbox !== null)(`files that are only counted${skipNote}`, () => {
  const counting = () =>
    backendOn({ disk: { images: null, quota: null, why: 'no loop devices here', fix: null } })

  it.each([
    ['by size', 'cd /data; for i in 1 2 3 4 5 6; do head -c 4194304 /dev/zero > $i; done; sleep 60'],
    ['by number', 'cd /data; mkdir d; for i in $(seq 2100); do : > d/$i; done; sleep 60'],
  ])('SB-40: end the server that keeps too much %s, and the record says soft', async (_, script) => {
    const instance = await counting().start(bash(await python('', 16), script), harness.ledger)
    instance.stdout.resume()
    instance.stderr.resume()
    expect(instance.enforcement.disk).toEqual({
      level: 'soft',
      by: 'adding up',
      why: 'no loop devices here',
    })
    expect(await instance.ended).toMatchObject({
      cause: 'platform',
      detail: expect.stringMatching(/^It kept more than (?:its 16 MiB of files|the 2048 files)/),
      hint: expect.stringContaining('resource_limits.disk_mb'),
    })
  })
})

function backendOn(changes: Partial<SandboxHost>) {
  const host = { ...harness.host, ...changes }
  return createBubblewrapBackend({
    host,
    interpreters: createInterpreters(host),
    minTier: 'namespaces',
    probe: () => probeHost(host),
    egress: harness.egress,
  })
}
