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

describe.skipIf(gap !== null)(`the processes of a server${gap ?? ''}`, () => {
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'processes-'))
    world = await openRealWorld(dataDir, 1)
    id = world.add(1, 'runs-code.py', { limits: { ...DEFAULT_LIMITS, maxProcesses: 32 } })
    world.supervisor.track(id, 'server-1')
    await world.supervisor.start(id, 'platform')
    await world.reach(id, 'running')
  })
  afterAll(async () => {
    await world.close('stop')
    await rm(dataDir, { recursive: true })
  })

  it('share /data, whatever holds its quota, and start at once', async () => {
    await run(MAIN, 'open("/data/seen", "w").write("main")')
    const seen = await Promise.all(
      ['a', 'b', 'c'].map((owner) =>
        run(keyOf(owner), `print(open("/data/seen").read()); open("/data/${owner}", "w").write("x")`),
      ),
    )
    expect(seen.map((text) => text.trim())).toEqual(['main', 'main', 'main'])
    expect((await run(MAIN, 'import os; print(sorted(os.listdir("/data")))')).trim()).toContain(
      "'a', 'b', 'c', 'seen'",
    )
  })

  it('have their tasks each to themselves', async () => {
    const fork = `
import threading, time
for _ in range(20): threading.Thread(target=time.sleep, args=(3,), daemon=True).start()
print(threading.active_count(), flush=True); time.sleep(1)`
    const counts = await Promise.all([MAIN, ...['a', 'b', 'c'].map(keyOf)].map((key) => run(key, fork)))
    expect(counts.map(Number)).toEqual([21, 21, 21, 21])
  })

  it('end for themselves, whatever ends one of them', async () => {
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

  it('end with the server, and nothing is left of them', async () => {
    await world.supervisor.stop(id, 'platform')
    await world.reach(id, 'stopped')
    expect(await world.leftovers()).toEqual([])
  })
})
