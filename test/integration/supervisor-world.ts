/** A supervisor over the real backend in a data directory of its own; a second process can open the same. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { isAtLeast } from '../../src/domain/enforcement.ts'
import type { ServerId, VersionId } from '../../src/domain/id.ts'
import type { PlatformEvent } from '../../src/domain/event.ts'
import { RUNTIME_KINDS } from '../../src/domain/runtime-kind.ts'
import type { ServerConfig } from '../../src/domain/server.ts'
import type { DesiredState, ServerState } from '../../src/domain/server-state.ts'
import { createBubblewrapBackend } from '../../src/runtime/backends/bubblewrap.ts'
import { createLogFiles, type LogFiles } from '../../src/runtime/instance/log-files.ts'
import type { Backend, ServerLaunch, Ledger, ServerRecords } from '../../src/runtime/ports.ts'
import { createInterpreters } from '../../src/runtime/sandbox/interpreters.ts'
import { isPlain } from '../../src/runtime/sandbox/build-launch-arguments.ts'
import { openSandboxHost, type SandboxHost } from '../../src/runtime/sandbox/open-host.ts'
import { probeHost } from '../../src/runtime/sandbox/probe-host.ts'
import { createSupervisor, type Supervisor } from '../../src/runtime/supervisor/supervisor.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { createLedgerStore } from '../../src/store/sqlite/ledger-store.ts'
import { systemClock } from '../../src/system/clock.ts'
import { createLogger } from '../../src/system/log.ts'
import { randomFraction } from '../../src/system/random.ts'
import { openTestEgress } from '../fakes/egress.ts'
import { buildServerId, FIXTURE_CONFIG } from '../fakes/launch-spec.ts'
import { TEST_UIDS } from './test-uids.ts'

type Record_ = {
  readonly serverId: ServerId
  readonly server: string
  readonly desired: DesiredState
  readonly lastState: ServerState
  readonly restarts: number
  readonly command: readonly string[]
  readonly config: ServerConfig
}

export type RealWorld = {
  readonly supervisor: Supervisor
  readonly backend: Backend
  readonly host: SandboxHost
  readonly ledger: Ledger
  readonly logs: LogFiles
  readonly events: readonly PlatformEvent[]
  /** A server that should run, of a program of test/fixtures/servers; the supervisor does not know it yet. */
  add(number: number, fixture: string, config?: Partial<ServerConfig>, command?: readonly string[]): ServerId
  launch(serverId: ServerId): ServerLaunch
  /** Waits for a state. Fails after 30 s with the state it is in. */
  reach(serverId: ServerId, ...kinds: readonly ServerState['kind'][]): Promise<ServerState>
  /** What exists of this data directory's sandboxes: processes, control groups, run directories, ledger rows. */
  leftovers(): Promise<readonly string[]>
  close(how: 'stop' | 'handover'): Promise<void>
}

/** Null where servers can be contained; else ` [skipped: …]` with what this host lacks. */
export async function findSandboxGap(): Promise<string | null> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gap-'))
  try {
    const logger = createLogger(new PassThrough().resume(), 'error')
    const probe = await probeHost(
      await openSandboxHost({ dataDir, supply: TEST_UIDS, clock: systemClock, logger }),
    )
    if (isAtLeast(probe.tier, 'namespaces')) return null
    const failed = probe.checks.filter((check) => check.status === 'fail').map((check) => check.found)
    return ` [skipped: this host cannot contain a server: ${failed.join('; ')}]`
  } finally {
    await rm(dataDir, { recursive: true })
  }
}

/**
 * @param clock the supervisor's; sandboxes and logs keep the system's. @param change the host as it is to be taken.
 */
export async function openRealWorld(
  dataDir: string,
  generation: number,
  clock = systemClock,
  change: (host: SandboxHost) => SandboxHost = (host) => host,
): Promise<RealWorld> {
  await mkdir(join(dataDir, 'app'), { recursive: true, mode: 0o755 })
  await cp(join(import.meta.dirname, '../fixtures/servers'), join(dataDir, 'app'), { recursive: true })
  const logger = createLogger(new PassThrough().resume(), 'error')
  const host = change(await openSandboxHost({ dataDir, supply: TEST_UIDS, clock: systemClock, logger }))
  const backend = createBubblewrapBackend({
    host,
    interpreters: createInterpreters(host),
    minTier: isPlain(host.way) ? host.way : 'namespaces',
    probe: () => probeHost(host),
    egress: openTestEgress(),
  })
  const database = openDatabase(join(dataDir, 'test.db'))
  const ledger = createLedgerStore(database)
  const logs = createLogFiles({ dir: join(dataDir, 'logs'), clock: systemClock, logger })
  const records = openRecords(join(dataDir, 'records.json'))
  const events: PlatformEvent[] = []
  const launch = (serverId: ServerId) => buildSpec(dataDir, records.find(serverId))
  const supervisor = createSupervisor({
    backend,
    ledger,
    records: buildPort(records, launch),
    logs,
    events: { emit: (event) => void events.push(event) },
    clock,
    logger,
    random: randomFraction,
    daemonGeneration: generation,
    platformVersion: '0.0.0-test',
    starts: { places: 4, perMinute: 600, burst: 200 },
    processes: { perServer: 16, total: 64, idleSeconds: 300 },
  })
  return {
    supervisor,
    backend,
    host,
    ledger,
    logs,
    events,
    add(number, fixture, config = {}, command = commandOf(fixture)) {
      records.save({
        serverId: buildServerId(number),
        server: `server-${number}`,
        desired: 'running',
        lastState: { kind: 'stopped', lastExit: null },
        restarts: 0,
        command: [...command, basename(dataDir)],
        config: { ...FIXTURE_CONFIG, restartDelaySeconds: 1, ...config },
      })
      return buildServerId(number)
    },
    launch,
    reach: (serverId, ...kinds) =>
      supervisor.settled(serverId, (state) => kinds.includes(state.kind), AbortSignal.timeout(30_000)),
    async leftovers() {
      const groups = ((await host.groups?.list()) ?? []).filter((token) => token.startsWith(`${host.owner}-`))
      return [
        ...(await findProcesses(basename(dataDir))),
        ...groups.map((token) => `group ${token}`),
        ...(await readdir(host.runRoot)).map((token) => `run directory ${token}`),
        ...(await ledger.list()).map((row) => `row ${row.token}`),
      ]
    },
    async close(how) {
      await supervisor.close(how)
      await logs.close()
      database.close()
    },
  }
}

function commandOf(fixture: string): readonly string[] {
  return [fixture.endsWith('.py') ? 'python3' : 'bash', `/app/${fixture}`]
}

function buildSpec(dataDir: string, { serverId, server, command, config }: Record_): ServerLaunch {
  return {
    serverId,
    server,
    versionId: `ver_${server}` as VersionId,
    uid: process.getuid?.() === 0 ? 240_000 + Number(server.split('-')[1]) : null,
    runtime: RUNTIME_KINDS.find((kind) => kind === command[0]) ?? 'python',
    command,
    appDir: join(dataDir, 'app'),
    dataDir: join(dataDir, 'data', server),
    config,
    eras: null,
    secrets: [],
  }
}

function buildPort(
  records: ReturnType<typeof openRecords>,
  launch: (serverId: ServerId) => ServerLaunch,
): ServerRecords {
  return {
    findLaunchSpec: async (serverId) => launch(serverId),
    beginLaunch: async () => {},
    endLaunchBeside: async () => {},
    listDesired: async () =>
      records.list().map((record) => ({
        ...record,
        mainEra: null,
        next: { config: record.config, eras: null },
        activeVersion: launch(record.serverId).versionId,
      })),
    listWishes: async () =>
      records.list().map(({ serverId, server, desired }) => ({
        serverId,
        server,
        desired,
        activeVersion: launch(serverId).versionId,
      })),
    async saveState(serverId, lastState, restarts) {
      records.save({ ...records.find(serverId), lastState, restarts })
    },
  }
}

/** One JSON file: enough for one daemon after the other. */
function openRecords(path: string) {
  const read = (): Record_[] => {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as Record_[]
    } catch {
      return []
    }
  }
  const records = new Map(read().map((record) => [record.serverId, record]))
  return {
    list: () => [...records.values()],
    find(serverId: ServerId): Record_ {
      const record = records.get(serverId)
      if (record === undefined) throw new Error(`no record of ${serverId}`)
      return record
    },
    save(record: Record_) {
      records.set(record.serverId, record)
      // Whole or not at all: the process may be killed at any moment.
      writeFileSync(`${path}.new`, JSON.stringify([...records.values()]))
      renameSync(`${path}.new`, path)
    },
  }
}

/** Every fixture gets the data directory's name as its last argument. */
async function findProcesses(marker: string): Promise<string[]> {
  const found: string[] = []
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    const words = line.split('\0').filter(Boolean)
    if (words.at(-1) === marker) found.push(`process ${words.join(' ')}`)
  }
  return found
}
