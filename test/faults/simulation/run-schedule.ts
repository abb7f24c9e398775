/** One schedule: a seeded series of events over simulated daemons, with I3 to I7 looked at after each. */
import { AppError } from '../../../src/domain/error.ts'
import type { ServerId, VersionId } from '../../../src/domain/id.ts'
import { isSameKey, renderProcessKey, type ProcessKey } from '../../../src/domain/process-key.ts'
import { isLiving, type ServerState } from '../../../src/domain/server-state.ts'
import type { LedgerRow } from '../../../src/runtime/ports.ts'
import { buildServerId, FIXTURE_CONFIG } from '../../fakes/launch-spec.ts'
import { createRandom } from '../run-fault.ts'
import { createSimClock } from './sim-clock.ts'
import {
  createSimDaemon,
  type SimChances,
  type SimDaemon,
  type SimPlant,
  type SimStore,
} from './sim-daemon.ts'
import { createSimHost, type Temper } from './sim-host.ts'
import { createSimVersions, takeOver } from './take-over.ts'

export type ScheduleResult = {
  readonly seed: number
  readonly violations: readonly string[]
  /** What happened, for whoever looks for the reason. */
  readonly history: readonly string[]
}

const SERVERS = 3
const MAX_RESTARTS = 3
/** Of what may pass by itself, before it is given up. */
const PROBES = 3
/** The start itself, and one that was on its way when somebody asked anew. */
const ALLOWED = MAX_RESTARTS + PROBES + 2
/** Long enough for the ladder of a stop, a sweep and its second try. */
const QUIET_MS = 90_000
const STABLE_MS = 60_000

type Budget = { spawns: number; runningSince: number | null; allowed: number }

/** @param options.events at most so many: for finding out how few are enough to break it. */
export async function runSchedule(
  seed: number,
  { events = Infinity, plant = null }: { readonly events?: number; readonly plant?: SimPlant | null } = {},
): Promise<ScheduleResult> {
  const random = createRandom(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const clock = createSimClock()
  const host = createSimHost(clock)
  const store: SimStore = { rows: new Map(), records: new Map(), instances: 0 }
  const violations: string[] = []
  const history: string[] = []
  const note = (text: string) => void history.push(`${(clock.monotonic() / 1000).toFixed(2)} ${text}`)
  const violate = (text: string) => {
    note(`VIOLATION ${text}`)
    violations.push(text)
  }
  const versions = createSimVersions(host)
  /** Of each version that was started: what is tried beside has tries of its own. */
  const budgets = new Map<string, Budget & { readonly serverId: ServerId }>()
  /** Since when it is wished, for good: a verb under way does not count. */
  const stoppedSince = new Map<ServerId, number>()
  const forgive = (serverId?: ServerId) => {
    for (const [place, budget] of budgets)
      if (serverId === undefined || budget.serverId === serverId) budgets.delete(place)
  }

  const failing = random() < 0.3 ? 0.03 : 0
  const chances: SimChances = {
    random,
    get fails() {
      return calm ? 0 : failing
    },
    get silent() {
      return calm ? 0 : 0.05
    },
    temper: (serverId): Temper => ({
      answersAfterMs: random() < 0.1 ? null : random() * (random() < 0.1 ? 9000 : 300),
      endsAfterMs: hopeless.has(serverId) ? 50 : random() < 0.25 ? random() * 8000 : null,
      ignoresTerm: random() < 0.15,
      answersPings: random() > 0.1,
    }),
  }
  let calm = false
  /** These end at once, each time. */
  const hopeless = new Set<ServerId>()
  const watch = {
    spawned({ serverId, versionId, key, token }: LedgerRow) {
      const isActive = store.records.get(serverId)?.activeVersion === versionId
      note(`spawned ${token} for ${nameOf(serverId)} ${renderProcessKey(key)}${isActive ? '' : ' beside'}`)
      const since = stoppedSince.get(serverId)
      if (isActive && since !== undefined && clock.monotonic() - since > 30_000)
        violate(`I6: ${nameOf(serverId)} was started ${clock.monotonic() - since} ms after it was stopped`)
      if (!isSameKey(key, MAIN)) return
      const place = `${serverId} ${versionId}`
      const budget = budgets.get(place) ?? { serverId, spawns: 0, runningSince: null, allowed: ALLOWED }
      budget.spawns++
      budgets.set(place, budget)
      if (budget.spawns > budget.allowed)
        violate(`I7: ${nameOf(serverId)} was started ${budget.spawns} times, ${budget.allowed} are allowed`)
    },
    defect: (text: string) => violate(`defect: ${text.slice(0, 600)}`),
  }
  const nameOf = (serverId: ServerId) => store.records.get(serverId)?.server ?? serverId

  let generation = 1
  let daemon: SimDaemon
  const boot = () => {
    note(`boot ${generation}`)
    forgive()
    versions.booted()
    daemon = createSimDaemon(host, store, chances, watch, { generation: generation++, plant })
    if (random() < 0.4 && !calm) daemon.crash(1 + Math.floor(random() * 40))
  }
  const verb = (what: string, task: (on: SimDaemon) => Promise<unknown>) => {
    note(what)
    const on = daemon
    void (async () => {
      await on.recovered
      if (on.isAlive()) await task(on)
    })().catch((error: unknown) => {
      if (!(error instanceof AppError)) violate(`defect: ${what}: ${(error as Error).stack ?? String(error)}`)
    })
  }
  const wish = (on: SimDaemon, serverId: ServerId, desired: 'running' | 'stopped', to?: VersionId) =>
    on.write(() => {
      const record = store.records.get(serverId)
      if (record === undefined) throw new AppError('server_not_found', 'gone')
      record.desired = desired
      record.activeVersion = to ?? record.activeVersion
      if (desired === 'running') {
        stoppedSince.delete(serverId)
        forgive(serverId)
      } else if (!stoppedSince.has(serverId)) stoppedSince.set(serverId, clock.monotonic())
    })

  for (let number = 1; number <= SERVERS; number++) {
    const serverId = buildServerId(number)
    if (random() < 0.15) hopeless.add(serverId)
    store.records.set(serverId, {
      serverId,
      server: `s${number}`,
      desired: random() < 0.7 ? 'running' : 'stopped',
      activeVersion: versions.next(),
      lastState: { kind: 'stopped', lastExit: null },
      restarts: 0,
      config: {
        ...FIXTURE_CONFIG,
        maxRestarts: MAX_RESTARTS,
        startTimeoutSeconds: 5,
        healthCheckIntervalSeconds: 5,
        idleStopSeconds: number === 3 ? 15 : 0,
      },
    })
    if (store.records.get(serverId)?.desired === 'stopped') stoppedSince.set(serverId, 0)
  }

  const act = () => {
    const serverId = pick([...store.records.keys(), buildServerId(1)])
    const name = nameOf(serverId)
    const chance = random()
    if (!daemon.isAlive()) return boot()
    if (chance < 0.12) {
      verb(`start ${name}`, async (on) => {
        await wish(on, serverId, 'running')
        await on.supervisor.start(serverId, 'test')
      })
    } else if (chance < 0.24) {
      verb(`stop ${name}`, async (on) => {
        await wish(on, serverId, 'stopped')
        await on.supervisor.stop(serverId, 'test')
      })
    } else if (chance < 0.32) {
      verb(`restart ${name}`, async (on) => {
        await wish(on, serverId, 'running')
        await on.supervisor.restart(serverId, 'test')
      })
    } else if (chance < 0.36) {
      verb(`delete ${name}`, async (on) => {
        if (on.switching.has(name)) return
        on.switching.add(name)
        await wish(on, serverId, 'stopped')
        await on.supervisor.remove(serverId, 'test')
        await on.write(() => void store.records.delete(serverId))
        on.switching.delete(name)
      })
    } else if (chance < 0.42) {
      verb(`switch ${name}`, async (on) => {
        if (on.switching.has(name)) return
        on.switching.add(name)
        try {
          await on.supervisor.stop(serverId, 'test')
          await on.supervisor.settled(
            serverId,
            ({ kind }) => kind === 'stopped',
            new AbortController().signal,
          )
          await wish(on, serverId, 'running', versions.next())
          await on.supervisor.start(serverId, 'test')
        } finally {
          on.switching.delete(name)
        }
      })
    } else if (chance < 0.5) {
      const to = versions.next()
      verb(`take over ${name}`, async (on) => {
        if (on.switching.has(name)) return
        on.switching.add(name)
        const written = plant === 'promotes_unwritten' ? undefined : to
        const activate = () => wish(on, serverId, 'running', written)
        await takeOver(on, host, versions, { serverId, to, random, activate }).finally(() =>
          on.switching.delete(name),
        )
      })
    } else if (chance < 0.66) {
      const key: ProcessKey = random() < 0.4 ? MAIN : { ...MAIN, owner: pick(['a', 'b', 'c', 'd']) }
      verb(`call ${name} ${renderProcessKey(key)}`, async (on) => {
        const controller = new AbortController()
        clock.after(10_000, () => controller.abort())
        // A call wakes one that rests: that is a wish too.
        if (isSameKey(key, MAIN)) forgive(serverId)
        await on.supervisor.open(serverId, key, controller.signal)
        if (random() < 0.3) on.supervisor.release(serverId, key)
      })
    } else if (chance < 0.78) {
      const living = [...host.processes.values()].filter((process) => process.isAlive())
      if (living.length === 0) return
      const process = pick(living)
      note(`kill ${process.row.token}`)
      process.end({
        cause: 'signalled',
        code: null,
        signal: 'SIGKILL',
        detail: 'It was killed from outside.',
      })
    } else if (chance < 0.9) {
      if (random() < 0.5) {
        note('crash')
        daemon.crash()
      } else daemon.crash(1 + Math.floor(random() * 12))
    } else if (chance < 0.95) {
      const how = pick(['stop', 'handover'] as const)
      note(`close ${how}`)
      const on = daemon
      void on.supervisor.close(how).then(
        () => on.crash(),
        (error: unknown) => violate(`defect: close: ${String(error)}`),
      )
    } else if (chance < 0.98) {
      note('reboot')
      daemon.crash()
      host.reboot()
    }
  }

  const look = () => {
    const seen = new Map<string, string>()
    for (const process of host.processes.values()) {
      if (!process.isAlive() || !process.isLetIn()) continue
      const { row } = process
      const version = !daemon.isAlive() || versions.mayOverlap(row.serverId) ? row.versionId : 'any version'
      const place = `${nameOf(row.serverId)} ${version} ${renderProcessKey(row.key)}`
      const other = seen.get(place)
      if (other !== undefined) violate(`I3: ${place} runs twice, as ${other} and ${row.token}`)
      seen.set(place, row.token)
    }
    for (const budget of budgets.values()) {
      const state = daemon.supervisor.state(budget.serverId)
      if (state?.kind !== 'running') budget.runningSince = null
      else budget.runningSince ??= clock.monotonic()
      if (budget.runningSince !== null && clock.monotonic() - budget.runningSince >= STABLE_MS - 2000)
        budget.allowed = budget.spawns + ALLOWED
    }
  }

  /** Nothing happens any more: what there is now has to be as it should be. */
  const settle = async () => {
    calm = true
    if (!daemon.isAlive()) boot()
    daemon.crash(Infinity)
    for (let passed = 0; passed < QUIET_MS && violations.length === 0; passed += 1000) {
      await clock.advance(1000)
      if (!daemon.isAlive()) boot()
      look()
    }
    for (const { serverId, server, desired } of store.records.values()) {
      const state = daemon.supervisor.state(serverId)
      if (state === null) violate(`I5: ${server} is not supervised`)
      else if (desired === 'stopped' && state.kind !== 'stopped' && state.kind !== 'failed')
        violate(`I6: ${server} should be stopped and is ${describe(state)}`)
      else if (desired === 'running' && !isExplained(state))
        violate(`I5: ${server} should run and is ${describe(state)}`)
    }
    const living = [...host.processes.values()].filter((process) => process.isAlive())
    for (const { row } of living) {
      if (!store.rows.has(row.instanceId)) violate(`I4: ${row.token} runs without a row`)
      const record = store.records.get(row.serverId)
      if (record === undefined || record.desired === 'stopped')
        violate(`I4: ${row.token} runs for ${nameOf(row.serverId)}, which should not`)
      else if (record.activeVersion !== row.versionId)
        violate(
          `I4: ${row.token} runs on with a version of ${nameOf(row.serverId)} that is not the active one`,
        )
    }
    for (const row of store.rows.values()) {
      const isStarting = isLiving(daemon.supervisor.state(row.serverId) ?? STOPPED)
      if (!isStarting && host.processes.get(row.token)?.isAlive() !== true)
        violate(`I4: the row of ${row.token} names nothing`)
    }
    for (const token of host.traces) {
      if (![...store.rows.values()].some((row) => row.token === token))
        violate(`I4: ${token} left a run directory`)
    }
    const told = daemon.supervisor.differences()
    if (told.length > 0) violate(`differences stay: ${JSON.stringify(told)}`)
  }

  boot()
  const count = Math.min(events, 8 + Math.floor(random() * 30))
  for (let event = 0; event < count && violations.length === 0; event++) {
    act()
    await clock.advance(random() < 0.1 ? random() * 70_000 : random() * random() * 6000)
    look()
  }
  if (violations.length === 0) await settle()
  daemon!.crash()
  return { seed, violations, history }
}

/** The fewest events after which the same seed still breaks it. */
export async function shrinkSchedule(seed: number): Promise<ScheduleResult> {
  for (let events = 0; events < 40; events++) {
    const result = await runSchedule(seed, { events })
    if (result.violations.length > 0) return result
  }
  return runSchedule(seed)
}

const MAIN: ProcessKey = { era: 'legacy', capabilities: '', owner: null, member: 0 }
const STOPPED: ServerState = { kind: 'stopped', lastExit: null }

function isExplained(state: ServerState): boolean {
  if (state.kind === 'stopped') return state.idle === true
  return state.kind !== 'stopping' || state.next !== 'stop'
}

function describe(state: ServerState): string {
  return JSON.stringify({ ...state, lastExit: undefined })
}
