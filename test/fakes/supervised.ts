/** A supervisor over the fake backend, with everything it says kept for looking at. */
import { decideMainEra } from '../../src/domain/era.ts'
import type { PlatformEvent } from '../../src/domain/event.ts'
import type { ServerId } from '../../src/domain/id.ts'
import type { LogStream } from '../../src/domain/log-line.ts'
import type { Era } from '../../src/domain/process-key.ts'
import type { ServerConfig } from '../../src/domain/server.ts'
import type { DesiredState, ServerState } from '../../src/domain/server-state.ts'
import type { Ledger, ServerRecords } from '../../src/runtime/ports.ts'
import {
  createSupervisor,
  type Supervisor,
  type SupervisorDeps,
} from '../../src/runtime/supervisor/supervisor.ts'
import { createLogger } from '../../src/system/log.ts'
import { PassThrough } from 'node:stream'
import { createFakeBackend, type FakeBackend } from './backend.ts'
import { buildLaunchSpec, buildServerId, FIXTURE_CONFIG } from './launch-spec.ts'
import { createMemoryLedger } from './memory-ledger.ts'
import { createMovableClock, type MovableClock } from './clock.ts'

type MemoryRecord = {
  readonly serverId: ServerId
  readonly server: string
  desired: DesiredState
  lastState: ServerState
  restarts: number
  fixture: string
  config: ServerConfig
  /** Absent: not known. */
  eras?: readonly Era[]
}

export type World = {
  readonly clock: MovableClock
  readonly backend: FakeBackend
  readonly ledger: Ledger
  readonly records: Map<ServerId, MemoryRecord>
  readonly events: PlatformEvent[]
  readonly logs: { readonly serverId: ServerId; readonly stream: LogStream; readonly text: string }[]
  /** Adds a record that should run; a supervisor learns of it by `track` or `recover`. */
  add(number: number, fixture: string, config?: Partial<ServerConfig>): ServerId
  /** A new daemon over the same backend, ledger and records. */
  boot(overrides?: Partial<Pick<SupervisorDeps, 'backend' | 'clock' | 'starts' | 'raiseMemory'>>): Supervisor
}

export function createWorld(): World {
  const clock = createMovableClock()
  const backend = createFakeBackend(clock)
  const ledger = createMemoryLedger()
  const records = new Map<ServerId, MemoryRecord>()
  const events: PlatformEvent[] = []
  const logs: World['logs'] = []
  let generation = 0

  const port: ServerRecords = {
    async findLaunchSpec(serverId) {
      const record = records.get(serverId)
      if (record === undefined) throw new Error('no record')
      const { server, fixture, config, eras = null } = record
      return buildLaunchSpec({ serverId, server, config, eras, command: ['bash', `/app/${fixture}`] })
    },
    beginLaunch: async () => {},
    endLaunchBeside: async () => {},
    listDesired: async () =>
      [...records.values()].map((record) => ({
        ...record,
        mainEra: record.eras === undefined ? null : decideMainEra(record.eras, record.config.upstreamEra),
        next: { config: record.config, eras: record.eras ?? null },
        activeVersion: buildLaunchSpec().versionId,
      })),
    listWishes: async () =>
      [...records.values()].map(({ serverId, server, desired }) => ({
        serverId,
        server,
        desired,
        activeVersion: buildLaunchSpec().versionId,
      })),
    async saveState(serverId, lastState, restarts) {
      Object.assign(records.get(serverId) ?? {}, { lastState, restarts })
    },
  }

  return {
    clock,
    backend,
    ledger,
    records,
    events,
    logs,
    add(number, fixture, config = {}) {
      const serverId = buildServerId(number)
      records.set(serverId, {
        serverId,
        server: `server-${number}`,
        desired: 'running',
        lastState: { kind: 'stopped', lastExit: null },
        restarts: 0,
        fixture,
        config: { ...FIXTURE_CONFIG, ...config },
      })
      return serverId
    },
    boot: (overrides = {}) =>
      createSupervisor({
        backend,
        ledger,
        records: port,
        logs: {
          append: (serverId, stream, text) => void logs.push({ serverId, stream, text }),
          offer: (serverId, stream, _bytes, read) => void logs.push({ serverId, stream, text: read() }),
        },
        events: { emit: (event) => void events.push(event) },
        clock,
        logger: createLogger(new PassThrough(), 'error'),
        random: () => 0.5,
        daemonGeneration: ++generation,
        platformVersion: '0.0.0-test',
        starts: { places: 4, perMinute: 10, burst: 20 },
        processes: { perServer: 4, total: 6, idleSeconds: 300 },
        ...overrides,
      }),
  }
}
