/** Several processes of one server in real sandboxes: one uid, one /data, and each ends for itself. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServerId } from '../../src/domain/id.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { buildMainKey, type ProcessKey } from '../../src/domain/process-key.ts'
import { DEFAULT_LIMITS } from '../../src/domain/server.ts'
import { findProcess, isAlive, signalProcess } from '../../src/system/process-table.ts'
import type { SandboxHost } from '../../src/runtime/sandbox/open-host.ts'
import { findSandboxGap, openRealWorld, type RealWorld } from './supervisor-world.ts'

const MAIN = buildMainKey('legacy')
const keyOf = (owner: string): ProcessKey => ({ ...MAIN, owner })

const gap = await findSandboxGap()
let dataDir: string
let world: RealWorld
let id: ServerId

/** Runs Python inside one process of the server and answers what it printed. */
async function run(key: ProcessKey, code: string): Promise<string> {
  const connection = await world.supervisor.open(id, key, AbortSignal.timeout(20_000))
  const answer = await new Promise<JsonObject>((resolve, reject) => {
    const params = { name: 'run', arguments: { code } }
    connection.request('tools/call', params, { onResponse: resolve, onLost: reject })
  })
  const { result } = answer as { result?: { content: readonly { text: string }[] } }
  return result?.content[0]?.text ?? JSON.stringify(answer)
}

const plainGap = process.getuid?.() === 0 ? null : ' [skipped: only root gives uids to plain processes]'
/** Tier `user`: root on a host where no sandbox can be made. */
const asPlain = (host: SandboxHost): SandboxHost => ({
  ...host,
  way: 'user',
  launch: { ...host.launch, way: 'user' },
  disk: { images: null, quota: null, why: 'a plain process has no mounts of its own', fix: null },
})

const WAYS: readonly [string, string | null, (host: SandboxHost) => SandboxHost][] = [
  ['in sandboxes', gap, (host) => host],
  ['in sandboxes without control groups', gap, (host) => ({ ...host, groups: null })],
  [
    'in sandboxes without user namespaces',
    gap ?? plainGap,
    (host) => ({ ...host, way: 2, launch: { ...host.launch, way: 2 } }),
  ],
  ['as plain processes', plainGap, asPlain],
]

describe.each(WAYS)('the processes of a server %s', (_, why, change) => {
  beforeAll(async () => {
    if (why !== null) return
    dataDir = await mkdtemp(join(tmpdir(), 'processes-'))
    world = await openRealWorld(dataDir, 1, undefined, change)
    id = world.add(1, 'runs-code.py', { limits: { ...DEFAULT_LIMITS, maxProcesses: 32 } })
    world.supervisor.track(id, 'server-1')
    await world.supervisor.start(id, 'platform')
    await world.reach(id, 'running')
  })
  afterAll(async () => {
    if (why !== null) return
    await world.close('stop')
    await rm(dataDir, { recursive: true })
  })

  it.skipIf(why !== null)('share /data, whatever holds its quota, and start at once', async () => {
    await run(MAIN, 'import os; open(os.environ["HOME"] + "/seen", "w").write("main")')
    const seen = await Promise.all(
      ['a', 'b', 'c'].map((owner) =>
        run(
          keyOf(owner),
          `import os; at = os.environ["HOME"]; print(open(at + "/seen").read()); open(at + "/${owner}", "w").write("x")`,
        ),
      ),
    )
    expect(seen.map((text) => text.trim())).toEqual(['main', 'main', 'main'])
    expect((await run(MAIN, 'import os; print(sorted(os.listdir(os.environ["HOME"])))')).trim()).toContain(
      "'a', 'b', 'c', 'seen'",
    )
  })

  it.skipIf(why !== null)('have their tasks each to themselves', async ({ skip }) => {
    const { groups, way } = world.host
    skip(groups === null && (way === 2 || way === 'user'), 'tasks are counted by uid here')
    const fork = `
import threading, time
for _ in range(20): threading.Thread(target=time.sleep, args=(3,), daemon=True).start()
print(threading.active_count(), flush=True); time.sleep(1)`
    const counts = await Promise.all([MAIN, ...['a', 'b', 'c'].map(keyOf)].map((key) => run(key, fork)))
    expect(counts.map(Number)).toEqual([21, 21, 21, 21])
  })

  it.skipIf(why !== null)('end for themselves, whatever ends one of them', async () => {
    const rows = await world.ledger.list()
    const row = rows.find(({ key }) => key.owner === 'a')
    const found = row?.pid === null || row === undefined ? null : findProcess(row.pid)
    if (found === null) throw new Error('no process')
    signalProcess(found, 'SIGKILL')
    await expect.poll(async () => (await world.ledger.list()).length).toBe(rows.length - 1)
    expect(isAlive(found)).toBe(false)
    expect(world.supervisor.state(id)?.kind).toBe('running')
    expect((await run(keyOf('b'), 'print(1)')).trim()).toBe('1')
  })

  it.skipIf(why !== null)('end with the server, and nothing is left of them', async () => {
    await world.supervisor.stop(id, 'platform')
    await world.reach(id, 'stopped')
    expect(await world.leftovers()).toEqual([])
  })
})
