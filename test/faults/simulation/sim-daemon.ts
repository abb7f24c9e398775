/**
 * One daemon of a simulation: the real supervisor over ports that a crash can cut between any two writes. What a dead
 * daemon still holds in its memory goes nowhere: its ports never answer again and its timers never fire.
 */
import { PassThrough } from 'node:stream'
import type { Clock } from '../../../src/domain/clock.ts'
import { AppError } from '../../../src/domain/error.ts'
import { buildId, type InstanceId, type ServerId, type VersionId } from '../../../src/domain/id.ts'
import type { ServerConfig } from '../../../src/domain/server.ts'
import type { DesiredState, ServerState } from '../../../src/domain/server-state.ts'
import type { Backend, Instance, InstanceEnd, Ledger, LedgerRow } from '../../../src/runtime/ports.ts'
import { createSupervisor, type Supervisor } from '../../../src/runtime/supervisor/supervisor.ts'
import { createLogger } from '../../../src/system/log.ts'
import { buildLaunchSpec } from '../../fakes/launch-spec.ts'
import { NO_ENFORCEMENT } from '../../fakes/backend.ts'
import type { SimHost, SimProcess, Temper } from './sim-host.ts'

export type SimRecord = {
  readonly serverId: ServerId
  readonly server: string
  desired: DesiredState
  activeVersion: VersionId
  lastState: ServerState
  restarts: number
  readonly config: ServerConfig
}

/** What survives daemons. */
export type SimStore = {
  readonly rows: Map<InstanceId, LedgerRow>
  readonly records: Map<ServerId, SimRecord>
  instances: number
}

export type SimChances = {
  random(): number
  /** Of a write or an order to the machine. */
  readonly fails: number
  /** That nobody tells of an end. */
  readonly silent: number
  temper(serverId: ServerId): Temper
}

/** A defect on purpose, for proof that the simulation finds one of its kind. */
export type SimPlant =
  | 'reaps_nothing'
  | 'forgets_stopped'
  | 'never_compares'
  | 'restarts_at_once'
  | 'promotes_unwritten'

export interface SimDaemon {
  readonly supervisor: Supervisor
  readonly isAlive: () => boolean
  /** Null until recovery has decided every row. */
  readonly recovered: Promise<void>
  /** At once, or before or after the n-th write or order from now. */
  crash(after?: number): void
  /** A write of the verbs: cut like all others. */
  write(change: () => void): Promise<void>
  /** Names of servers that a verb stops and starts at this moment. */
  readonly switching: Set<string>
}

export type SimWatch = {
  spawned(row: LedgerRow): void
  defect(text: string): void
}

export function createSimDaemon(
  host: SimHost,
  store: SimStore,
  chances: SimChances,
  watch: SimWatch,
  { generation, plant = null }: { readonly generation: number; readonly plant?: SimPlant | null },
): SimDaemon {
  let alive = true
  let left = Infinity
  const held = new Set<string>()
  const clock: Clock = {
    now: () => host.clock.now(),
    monotonic: () => host.clock.monotonic(),
    after: (milliseconds, task) => host.clock.after(milliseconds, () => void (alive && task())),
  }
  const die = () => {
    alive = false
    for (const process of host.processes.values()) {
      process.detach()
      // End-of-file on its gate: it leaves before anything of the server ran.
      if (held.has(process.row.token) && !process.isLetIn()) process.end(GATE_CLOSED)
    }
  }
  const never = () => new Promise<never>(() => {})
  /** Between any two of these the daemon may die. */
  const step = () => {
    if (alive && --left <= 0) die()
    return alive
  }
  const op = async <T>(task: () => T | Promise<T>, mayFail = true): Promise<T> => {
    if (!step()) return never()
    if (mayFail && chances.random() < chances.fails) throw new Error('simulated: the machine refused')
    const result = await task()
    return step() ? result : never()
  }
  const wait = (milliseconds: number) => new Promise<void>((done) => clock.after(milliseconds, done))

  const ledger: Ledger = {
    list: async () => (alive ? [...store.rows.values()] : never()),
    listBrief: async () => (alive ? [...store.rows.values()] : never()),
    create: (row) => op(() => void store.rows.set(row.instanceId, row)),
    update: (id, changes) =>
      op(() => {
        const row = store.rows.get(id)
        if (row !== undefined) store.rows.set(id, { ...row, ...changes })
      }),
    remove: (id) => op(() => void store.rows.delete(id)),
  }

  /** As the real one: SIGKILL, wait, remove the traces; what failed is nobody's from there on. */
  const removeTraces = async (token: string) => {
    try {
      await op(() => host.processes.get(token)?.end(KILLED))
      await wait(20 + chances.random() * 300)
      await op(() => void host.traces.delete(token))
    } finally {
      held.delete(token)
    }
  }

  const buildInstance = (process: SimProcess): Instance => {
    const { row } = process
    const over = Promise.withResolvers<InstanceEnd>()
    let asked: Pick<InstanceEnd, 'cause' | 'detail'> | null = null
    let released = false
    process.onEnd(() => {
      // Nobody is told of the one or the other: that is what the comparison is for.
      if (released || chances.random() < chances.silent) return
      void (async () => {
        await wait(chances.random() * 200)
        if (released) return
        await removeTraces(row.token).catch(() => undefined)
        const how = process.ending() ?? KILLED
        if (alive) over.resolve({ ...how, ...asked, hint: null, at: clock.now() })
      })()
    })
    return {
      instanceId: row.instanceId,
      pid: process.pid,
      uid: 1000,
      enforcement: NO_ENFORCEMENT,
      limits: store.records.get(row.serverId)?.config.limits ?? buildLaunchSpec().config.limits,
      egress: [],
      defect: null,
      http: null,
      ...process.attach(),
      ended: over.promise,
      stop(cause, detail, graceMs) {
        if (!alive) return never()
        asked ??= { cause, detail }
        if (!process.temper.ignoresTerm) clock.after(chances.random() * 500, () => process.end(TERMINATED))
        clock.after(graceMs, () => process.end(KILLED))
        return over.promise
      },
      release() {
        released = true
        held.delete(row.token)
        process.detach()
      },
      usage: () => never(),
      resize: async () => false,
    }
  }

  const find = (row: LedgerRow): SimProcess | null => {
    const process = host.processes.get(row.token)
    const matches = process?.isAlive() === true && process.pid === row.pid && row.bootId === host.bootId
    return matches ? process : null
  }

  const backend: Backend = {
    name: 'simulated',
    probe: async () => ({ tier: 'none', planned: NO_ENFORCEMENT, cgroup: 'none', checks: [] }),
    async start(spec, given) {
      const number = ++store.instances
      const instanceId = buildId('ins', 0, Buffer.from(String(number).padStart(16, '0')))
      const token = `token-${number}`
      const row: LedgerRow = {
        instanceId,
        serverId: spec.serverId,
        versionId: spec.versionId,
        key: spec.key,
        token,
        backend: 'simulated',
        pid: null,
        startTime: null,
        bootId: host.bootId,
        runDir: token,
        cgroup: null,
        enforcement: null,
        initializeResult: null,
        createdAt: clock.now(),
      }
      held.add(token)
      try {
        await given.create(row)
        await wait(chances.random() * 800)
        const process = await op(() => host.spawn(row, chances.temper(row.serverId)))
        await wait(chances.random() * 400)
        await given.update(instanceId, {
          pid: process.pid,
          startTime: number,
          enforcement: NO_ENFORCEMENT,
        })
        const instance = buildInstance(process)
        watch.spawned(row)
        process.letIn()
        return instance
      } catch (error) {
        await removeTraces(token).catch(() => undefined)
        await given.remove(instanceId)
        throw error instanceof AppError ? error : new AppError('sandbox_failed', String(error))
      }
    },
    adopt: (row) =>
      op(() => {
        const process = find(row)
        if (process === null) return null
        held.add(row.token)
        return buildInstance(process)
      }),
    readEnd: async () => null,
    reap: (row) => (plant === 'reaps_nothing' ? Promise.resolve() : removeTraces(row.token)),
    async observe(rows) {
      if (!alive) return never()
      const seen = rows.map((row) => {
        const isAlive = find(row as LedgerRow) !== null
        return [row.instanceId, { isHeld: held.has(row.token), isAlive }] as const
      })
      return { rows: new Map(seen), strays: listStrays(rows) }
    },
    async sweep(rows, among) {
      const strays = listStrays(rows).filter((token) => among === undefined || among.has(token))
      for (const token of strays) await removeTraces(token)
      return strays
    },
  }
  const listStrays = (rows: readonly { readonly token: string }[]) =>
    [...host.traces].filter((token) => !held.has(token) && !rows.some((row) => row.token === token))

  const out = new PassThrough()
  out.on('data', (chunk: Buffer) => {
    // What the machine refused is logged; anything else that is logged as an error is a defect.
    const text = chunk.toString()
    if (alive && chances.fails === 0) watch.defect(text)
  })
  const supervisor = createSupervisor({
    backend,
    ledger,
    records: {
      async findLaunchSpec(serverId, _purpose, other) {
        if (!alive) return never()
        const record = store.records.get(serverId)
        if (record === undefined) throw new AppError('server_not_found', 'There is no such server.')
        const { server, activeVersion } = record
        const versionId = other ?? activeVersion
        const config =
          plant === 'restarts_at_once'
            ? { ...record.config, maxRestarts: 99, restartDelaySeconds: 0.5 }
            : record.config
        return buildLaunchSpec({ serverId, server, config, versionId, eras: ['legacy'] })
      },
      beginLaunch: () => op(() => undefined),
      endLaunchBeside: () => op(() => undefined),
      async listDesired() {
        if (!alive) return never()
        return [...store.records.values()].map((record) => ({
          ...record,
          desired: plant === 'forgets_stopped' ? 'running' : record.desired,
          mainEra: 'legacy' as const,
          next: { config: record.config, eras: ['legacy' as const] },
        }))
      },
      async listWishes() {
        if (!alive) return never()
        return [...store.records.values()].map((record) => ({ ...record }))
      },
      saveState: (serverId, lastState, restarts) =>
        op(() => void Object.assign(store.records.get(serverId) ?? {}, { lastState, restarts })),
    },
    logs: { append: () => {}, offer: () => {} },
    events: { emit: () => {} },
    clock,
    logger: createLogger(out, 'error'),
    random: () => chances.random(),
    daemonGeneration: generation,
    platformVersion: '0.0.0-simulated',
    starts: { places: 4, perMinute: 10, burst: 20 },
    processes: { perServer: 3, total: 4, idleSeconds: 20 },
  })
  const switching = new Set<string>()
  const look = () => {
    void supervisor
      .reconcile(() => [...switching])
      .catch((error: unknown) => watch.defect(`the comparison failed: ${String(error)}`))
    clock.after(1000, look)
  }
  const recovered = supervisor.recover().then(
    () => (plant === 'never_compares' ? undefined : look()),
    // As the real daemon: what cannot recover ends, and is started again by whoever runs it.
    () => die(),
  )
  return {
    supervisor,
    isAlive: () => alive,
    recovered,
    crash(after = 0) {
      if (after === 0) die()
      else left = after
    },
    write: (change) => op(change, false),
    switching,
  }
}

const KILLED = { cause: 'signalled', code: null, signal: 'SIGKILL', detail: 'It was killed.' } as const
const TERMINATED = { cause: 'signalled', code: null, signal: 'SIGTERM', detail: 'It was ended.' } as const
const GATE_CLOSED = { cause: 'exited', code: 0, signal: null, detail: 'Its gate was closed.' } as const
