/** What looking at 200 servers each second takes of a core, and what seven days of 100 servers take of the disk. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/system/clock.ts'
import type { ServerId, VersionId } from '../../src/domain/id.ts'
import { buildMainKey } from '../../src/domain/process-key.ts'
import type { ProcessView } from '../../src/domain/process-view.ts'
import type { ResourceUsage } from '../../src/domain/server.ts'
import { createSampleKeeper } from '../../src/hosting/keep-samples.ts'
import { createTrafficMeter } from '../../src/insight/samples/traffic-meter.ts'
import { createUsageReader } from '../../src/runtime/backends/usage-reader.ts'
import { openDatabase, type Database } from '../../src/store/sqlite/database.ts'
import { createSampleStore } from '../../src/store/sqlite/sample-store.ts'
import { detectControlGroups } from '../../src/system/cgroups.ts'
import type { ControlGroup } from '../../src/system/cgroup-files.ts'
import { findProcess } from '../../src/system/process-table.ts'
import { openMachineUsage } from '../../src/system/usage-figures.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { FACTS } from '../fakes/supervision.ts'

const SERVERS = 200
const SECONDS = 60
/** A part of them, since the size is one for each server: a hundred would take minutes to make up. */
const STORED_SERVERS = 5
const OF_SERVERS = 100
const DAYS = 7

export async function benchSampling(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'haivemind-sampling-'))
  try {
    await benchLooks(folder)
    await benchSize(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function benchLooks(folder: string): Promise<void> {
  const { groups, found } = await detectControlGroups('bench-sampling-probe')
  if (groups === null) return console.log(`not measured: ${found}`)
  const held: { readonly group: ControlGroup; readonly pid: number }[] = []
  try {
    for (let n = 0; n < SERVERS; n++) held.push(await startIdle(groups, `bench-sampling-${n}`))
    await measureLooks(folder, held)
  } finally {
    for (const { group } of held) {
      await group.kill()
      await group.remove()
    }
  }
}

/** Two processes in a group, as a sandbox has at least. */
async function startIdle(
  groups: NonNullable<Awaited<ReturnType<typeof detectControlGroups>>['groups']>,
  name: string,
) {
  const group = await groups.create(name, { memoryBytes: 2 ** 26, cpuPercent: 100, tasks: 16 })
  const script = 'for f; do echo $$ > "$f" || exit 1; done; echo in; sleep 600 & wait'
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...group.joinFiles], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  child.unref()
  await new Promise((resolve) => child.stdout.once('data', resolve))
  child.stdout.destroy()
  return { group, pid: child.pid ?? 0 }
}

async function measureLooks(
  folder: string,
  held: readonly { readonly group: ControlGroup; readonly pid: number }[],
): Promise<void> {
  const clock = createFakeClock()
  const database = openDatabase(join(folder, 'looks.db'))
  const ids = held.map((_, n) => addServer(database, n))
  const readers = held.map(({ group, pid }) => {
    const process = findProcess(pid) ?? { pid, startTime: 0 }
    return createUsageReader(systemClock, { group, init: process, payload: process } as never, true)
  })
  const usages: ResourceUsage[] = []
  const machine = openMachineUsage()
  const traffic = createTrafficMeter()
  const keeper = createSampleKeeper({
    samples: createSampleStore(database),
    supervision: { list: () => ids, processes: (id) => viewOf(id, usages[ids.indexOf(id)]) },
    servers: {
      listWishes: async () =>
        ids.map((serverId) => ({ serverId, server: serverId, desired: 'running', activeVersion: VERSION })),
    },
    loads: { read: () => new Map() },
    machine: { read: () => machine.read(), readDisk: async () => null },
    traffic,
    clock,
  })
  const second = async () => {
    for (const [n, reader] of readers.entries()) usages[n] = { ...(await reader.read()), at: clock.now() }
    for (const id of ids) traffic.noteCall(id, 12, false)
    await keeper.look()
    clock.advance(1000)
  }
  for (let n = 0; n < 15; n++) await second()
  const before = process.cpuUsage()
  const heap = process.memoryUsage().heapUsed
  for (let n = 0; n < SECONDS; n++) await second()
  const { user, system } = process.cpuUsage(before)
  const perSecond = (user + system) / 1000 / SECONDS
  console.log(
    `${SERVERS} servers each second, with their rows: ${(perSecond / 10).toFixed(2)} % of one core (${perSecond.toFixed(1)} ms; bar 2 %)`,
  )
  console.log(
    `heap ${((process.memoryUsage().heapUsed - heap) / 2 ** 20).toFixed(1)} MiB more after ${SECONDS} s`,
  )
  for (const reader of readers) reader.close()
  machine.close()
  database.close()
}

const VERSION = 'ver_bench' as VersionId

function viewOf(id: ServerId, usage: ResourceUsage | undefined): readonly ProcessView[] {
  const state = { kind: 'running', attempt: 1, since: 0, health: 'healthy', lastExit: null } as const
  const facts = { ...FACTS, pid: 1 }
  return [
    {
      key: buildMainKey('legacy'),
      instanceId: id as never,
      isMain: true,
      state,
      facts,
      usage: usage ?? null,
      inFlight: 0,
    },
  ]
}

function addServer(database: Database, n: number): ServerId {
  const id = `srv_${String(n).padStart(26, '0')}` as ServerId
  database.run(
    `INSERT INTO servers (id, name, desired, active_version, uid, overrides, last_state, restarts, created_at, updated_at, lifetime)
       VALUES ($id, $id, 'stopped', NULL, NULL, '{}', '{}', 0, 0, 0, '{}')`,
    { id },
  )
  return id
}

/** Figures that move in every column, so that nothing compresses better than it would in life. */
async function benchSize(folder: string): Promise<void> {
  const clock = createFakeClock()
  const database = openDatabase(join(folder, 'size.db'))
  const store = createSampleStore(database)
  const ids = Array.from({ length: STORED_SERVERS }, (_, n) => addServer(database, n))
  const traffic = createTrafficMeter()
  let usages = ids.map((_, n) => buildUsage(n, 0))
  const keeper = createSampleKeeper({
    samples: { ...store, compact: async () => false },
    supervision: { list: () => ids, processes: (id) => viewOf(id, usages[ids.indexOf(id)]) },
    servers: {
      listWishes: async () =>
        ids.map((serverId) => ({ serverId, server: serverId, desired: 'running', activeVersion: VERSION })),
    },
    loads: { read: () => new Map(ids.map((id, n) => [id, { sessions: n % 7, streams: n % 3 }])) },
    machine: {
      read: () => ({ cpuMillicores: noise(900), cores: 2, memoryUsed: 3e9 + noise(1e8), memorySize: 8e9 }),
      readDisk: async () => null,
    },
    traffic,
    clock,
  })
  const empty = sizeOf(database)
  let largest = 0
  const began = systemClock.monotonic()
  // Two looks a step: a row is as long as of ten, and a week passes sooner.
  for (let step = 0; step < DAYS * 8640; step++) {
    for (const at of [0, 5000]) {
      usages = ids.map((_, n) => ({ ...buildUsage(n, step), at: clock.now() + at }))
      for (const id of ids) {
        if (noise(4) > 1) continue
        traffic.noteCall(id, 3 + noise(40), noise(50) < 1)
        traffic.noteBytes(id, Math.round(noise(9000)), Math.round(noise(90_000)))
      }
      await keeper.look()
      clock.advance(5000)
    }
    if (step % 360 !== 0) continue
    while (await store.compact(clock.now())) continue
    largest = Math.max(largest, sizeOf(database) - empty)
  }
  const rows = Number(database.get('SELECT count(*) AS n FROM sample_blocks')?.['n'])
  const bytes = Number(database.get('SELECT sum(length(rows)) AS n FROM sample_blocks')?.['n'])
  const id = ids[0]!
  const asked = systemClock.monotonic()
  const found = await store.range(id, clock.now() - 86_400_000, clock.now(), 60)
  const answered = systemClock.monotonic() - asked
  console.log(
    `${DAYS} days of ${OF_SERVERS} servers: ${((largest * OF_SERVERS) / STORED_SERVERS / 1e6).toFixed(0)} MB at the largest, from ${STORED_SERVERS} (bar 200 MB); ` +
      `${rows} blocks of ${(bytes / rows / 1000).toFixed(1)} kB; written in ${((systemClock.monotonic() - began) / 1000).toFixed(0)} s`,
  )
  console.log(`a day of one server by minutes: ${found.length} rows in ${answered.toFixed(0)} ms`)
  database.close()
}

/** Of its pages, without those that are free. */
function sizeOf(database: Database): number {
  const read = (name: string) => Number(database.get(`PRAGMA ${name}`)?.[name])
  return (read('page_count') - read('freelist_count')) * read('page_size')
}

let state = 1
/** Repeatable, 0 to `most`. */
function noise(most: number): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
  return (state / 0x7fffffff) * most
}

function buildUsage(n: number, step: number): ResourceUsage {
  const memoryBytes = Math.round((60 + n) * 2 ** 20 + noise(8 * 2 ** 20))
  return {
    memoryBytes,
    memoryPeakBytes: memoryBytes + Math.round(noise(2 ** 20)),
    cpuSeconds: step,
    cpuThrottledSeconds: step / 50,
    processes: 3 + Math.round(noise(3)),
    oomKills: 0,
    cpuPercent: noise(30),
    detail: {
      isWatched: false,
      periods: step * 90,
      throttledPeriods: step,
      readBytes: step * 4096 * (n % 3),
      writtenBytes: Math.round(step * 4096 * 1.7),
      descriptors: 20 + Math.round(noise(6)),
      connections: Math.round(noise(4)),
    },
    at: 0,
  }
}
