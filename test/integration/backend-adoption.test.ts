/** The daemon is killed with SIGKILL: its servers stay and are taken over, its jobs end, nothing else remains. */
import { spawn, type ChildProcess } from 'node:child_process'
import { openSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LedgerRow } from '../../src/runtime/ports.ts'
import { findProcess, readCommandLine } from '../../src/system/process-table.ts'
import { openHarness, readUntil, skipNote, whyNoSandbox } from './sandbox-harness.ts'

const DAEMON = join(import.meta.dirname, 'daemon-process.ts')

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'adopt-'))
})
afterEach(async () => await rm(dataDir, { recursive: true, force: true }))

/** Its first line on stdout. Descriptor 20 is inherited as from a careless shell. */
async function startDaemon(
  what: 'serve' | 'job',
): Promise<{ child: ChildProcess; said: { pid: number; text: string } }> {
  const stranger = openSync('/etc/hostname', 'r')
  const stdio = [
    'ignore',
    'pipe',
    'inherit',
    ...Array.from({ length: 17 }, () => 'ignore' as const),
    stranger,
  ] as const
  const child = spawn(process.execPath, [DAEMON, what, dataDir], { stdio: [...stdio] })
  let text = ''
  const line = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the daemon ended with ${code}`)))
    child.stdout?.on('data', (chunk: Buffer) => {
      text += String(chunk)
      if (text.includes('\n')) resolve(text)
    })
  })
  return { child, said: JSON.parse(line) }
}

async function killHard(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

describe.skipIf(whyNoSandbox !== null)(`after SIGKILL of the daemon${skipNote}`, () => {
  it('SB-30: another adopts the server by its row: same pid, and it answers', async () => {
    const { child, said } = await startDaemon('serve')
    // SB-23: what the daemon inherited at 20 is /dev/null inside.
    expect(said.text.split('\n').slice(0, 4)).toEqual(['0 in', '1 out', '2 err', '20 null'])
    await killHard(child)
    expect(findProcess(said.pid)).not.toBeNull()

    const second = await openHarness('namespaces', dataDir)
    const rows = JSON.parse(await readFile(join(dataDir, 'rows.json'), 'utf8')) as LedgerRow[]
    const [row] = rows
    if (row === undefined) throw new Error('no row')
    expect(await second.backend.sweep(rows)).toEqual([])
    const stranger = { ...row, startTime: (row.startTime ?? 0) + 1 }
    expect(await second.backend.adopt(stranger)).toBeNull()
    expect(await second.backend.adopt({ ...row, bootId: 'another boot' })).toBeNull()

    const instance = await second.backend.adopt(row)
    expect(instance).toMatchObject({
      pid: said.pid,
      instanceId: row.instanceId,
      enforcement: row.enforcement,
      limits: { memoryMb: 200, cpuPercent: 100, maxProcesses: 128 },
    })
    if (instance === null) throw new Error('not adopted')
    instance.stdin.write('again\n')
    expect(await readUntil(instance, /again/)).toContain('got again\n')
    expect((await instance.usage()).processes).toBeGreaterThan(0)

    process.kill(said.pid, 'SIGKILL')
    expect(await instance.ended).toMatchObject({ cause: 'signalled', signal: 'SIGKILL' })
    expect(await readdir(second.host.runRoot)).toEqual([])
    expect(
      ((await second.host.groups?.list()) ?? []).filter((name) => name.startsWith(second.host.owner)),
    ).toEqual([])
  })

  it('is not taken over when it has left the group that holds it to its limits', async ({ skip }) => {
    const { child, said } = await startDaemon('serve')
    await killHard(child)
    const second = await openHarness('namespaces', dataDir)
    const [row] = JSON.parse(await readFile(join(dataDir, 'rows.json'), 'utf8')) as LedgerRow[]
    const group = (await second.host.groups?.open(row?.token ?? '')) ?? null
    try {
      skip(group === null, 'no control group can be written here')
      // To the top of each hierarchy.
      for (const file of group?.joinFiles ?? [])
        await writeFile(join(file, '../../../cgroup.procs'), `${said.pid}`)
      expect(row === undefined ? undefined : await second.backend.adopt(row)).toBeNull()
    } finally {
      if (row !== undefined) await second.backend.reap(row)
    }
    expect(findProcess(said.pid)).toBeNull()
  })

  it('SB-30: notices when bubblewrap itself is killed from outside, and ends what it left', async () => {
    const { child, said } = await startDaemon('serve')
    await killHard(child)
    const second = await openHarness('namespaces', dataDir)
    const [row] = JSON.parse(await readFile(join(dataDir, 'rows.json'), 'utf8')) as LedgerRow[]
    const instance = row === undefined ? null : await second.backend.adopt(row)
    process.kill(row?.pid ?? -1, 'SIGKILL')
    expect(await instance?.ended).toMatchObject({
      cause: 'signalled',
      code: null,
      signal: null,
      detail: 'Its sandbox was killed from outside the platform.',
    })
    expect(findProcess(said.pid)).toBeNull()
  })

  it('SB-30: its jobs end with it, and the next one sweeps what they left', async () => {
    const { child } = await startDaemon('job')
    await killHard(child)
    const isJob = (name: string) => readCommandLine(Number(name)).includes(basename(dataDir))
    const second = await openHarness('namespaces', dataDir)
    for (let round = 0; round < 200 && (await readdir('/proc')).some(isJob); round++) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect((await readdir('/proc')).filter(isJob)).toEqual([])
    const swept = await second.backend.sweep([])
    expect(swept.length).toBeGreaterThan(0)
    expect(await readdir(second.host.runRoot)).toEqual([])
    expect(await second.backend.sweep([])).toEqual([])
  })
})
