/**
 * Looks at all servers each second and keeps what was seen: a row of each in steps of ten seconds, all in one
 * transaction, and each day's profile. Steps follow the wall clock; rates never do, so a clock that is set only marks
 * the steps it falls into.
 */
import type { Clock } from '../domain/clock.ts'
import type { ServerId, VersionId } from '../domain/id.ts'
import {
  HOST_SERIES,
  nameProfile,
  SAMPLE_STEPS,
  type DailyProfile,
  type SampleRow,
} from '../domain/sample.ts'
import { createCounterBook, type CounterBook } from '../insight/samples/counter-book.ts'
import { createDayProfile, type DayProfile } from '../insight/samples/day-profile.ts'
import { lookAtHost } from '../insight/samples/look-at-host.ts'
import { lookAtServer } from '../insight/samples/look-at-server.ts'
import { SampleSlot, type Look } from '../insight/samples/sample-slot.ts'
import {
  buildNothing,
  sumTraffic,
  type Traffic,
  type TrafficMeter,
} from '../insight/samples/traffic-meter.ts'
import type { Machine, SampleStore, ServerLoads, Servers, Supervision } from './ports.ts'

const [STEP] = SAMPLE_STEPS
const STEP_MS = STEP * 1000
const DAY_MS = 86_400_000
/** Between two looks the wall clock and the monotonic one go so far apart at most, milliseconds. */
const STEADY_MS = 1500
/** A process starts in so many steps. */
const STARTUP_STEPS = 6
/** Profiles are kept in every so many steps. */
const PROFILE_STEPS = 6
/** After the wall clock was set, nothing is moved on by age for so long. */
const SETTLE_MS = 3_600_000

type Watched = {
  readonly book: CounterBook
  slot: SampleSlot | null
  /** Of the newest of its samples: one that is there still is not counted twice. */
  seenAt: number
  /** Kills that looks told of since a process of it began, or ended by one. */
  kills: number
  /** As the last look saw it. */
  limit: number | null
  /** Steps since a process of it began. */
  age: number
  profile: { readonly key: string; readonly day: DayProfile } | null
}

export interface SampleKeeper {
  /** Each second. */
  look(): Promise<void>
  /** A process of it was ended for want of memory. Its control group may be gone before a look could count that. */
  noteKill(serverId: ServerId): void
  /** Writes what is gathered. */
  close(): Promise<void>
}

export type SampleKeeperDeps = {
  readonly samples: SampleStore
  readonly supervision: Pick<Supervision, 'list' | 'processes'>
  readonly servers: Pick<Servers, 'listWishes'>
  readonly loads: ServerLoads
  readonly machine: Machine
  readonly traffic: TrafficMeter
  readonly clock: Clock
  /** Rows that were just kept. */
  readonly onRows?: (rows: readonly SampleRow[]) => void
}

export function createSampleKeeper(deps: SampleKeeperDeps): SampleKeeper {
  const { samples, supervision, servers, loads, machine, traffic, clock } = deps
  const watched = new Map<ServerId, Watched>()
  let slotAt: number | null = null
  let hostSlot: SampleSlot | null = null
  let last = { now: clock.now(), monotonic: clock.monotonic() }
  let setAt = -Infinity
  let steps = 0
  /** Days that are over. */
  let closed: DailyProfile[] = []

  const find = (serverId: ServerId): Watched => {
    let found = watched.get(serverId)
    if (found === undefined) {
      found = {
        book: createCounterBook(),
        slot: null,
        seenAt: -1,
        kills: 0,
        limit: null,
        age: STARTUP_STEPS,
        profile: null,
      }
      watched.set(serverId, found)
    }
    return found
  }

  const profileOf = async (
    server: Watched,
    place: { readonly serverId: ServerId; readonly versionId: VersionId; readonly day: number },
  ): Promise<DayProfile> => {
    const key = `${place.versionId} ${place.day}`
    if (server.profile?.key === key) return server.profile.day
    if (server.profile !== null) closed.push(server.profile.day.close())
    const id = nameProfile(place.serverId, place.versionId, place.day)
    const known = [...(await samples.daily(place.serverId)), ...closed]
    const day = createDayProfile(place, known.findLast((profile) => profile.id === id) ?? null)
    server.profile = { key, day }
    return day
  }

  const keepProfiles = async () => {
    const open = [...watched.values()].flatMap(({ profile }) =>
      profile === null ? [] : [profile.day.read()],
    )
    const saved = closed
    closed = []
    await samples.saveDaily([...saved, ...open])
  }

  const endStep = async (at: number) => {
    const taken = traffic.take()
    const active = new Map((await servers.listWishes()).map((wish) => [wish.serverId, wish.activeVersion]))
    for (const serverId of watched.keys()) if (!active.has(serverId)) watched.delete(serverId)
    const rows: SampleRow[] = []
    for (const [serverId, versionId] of active) {
      const through = taken.get(serverId)
      const slot = watched.get(serverId)?.slot ?? null
      if (slot === null && through === undefined) continue
      const row = (slot ?? new SampleSlot(serverId, at)).build(STEP, through ?? buildNothing())
      const server = find(serverId)
      server.slot = null
      rows.push(row)
      if (versionId !== null) await note(server, row, versionId, through)
    }
    const host = hostSlot
    hostSlot = null
    if (host !== null) {
      const space = await machine.readDisk()
      if (space !== null) host.disk = { ...space, usedBytes: space.sizeBytes - space.freeBytes }
      rows.push(host.build(STEP, sumTraffic([...taken.values()])))
    }
    await samples.append(rows)
    deps.onRows?.(rows)
    if (++steps % PROFILE_STEPS === 0) await keepProfiles()
  }

  const note = async (
    server: Watched,
    row: SampleRow,
    versionId: VersionId,
    through: Traffic | undefined,
  ) => {
    server.age = (row.starts ?? 0) > 0 ? 0 : server.age + 1
    const place = { serverId: row.serverId, versionId, day: Math.floor(row.at / DAY_MS) }
    const day = await profileOf(server, place)
    day.add(row, through?.latencies ?? new Map<number, number>(), server.age < STARTUP_STEPS)
  }

  const lookAtAll = (at: number, isSet: boolean) => {
    const load = loads.read()
    const looks: Look[] = []
    for (const serverId of supervision.list()) {
      const processes = supervision.processes(serverId)
      const newest = processes.reduce((max, { usage }) => Math.max(max, usage?.at ?? -1), -1)
      const server = find(serverId)
      if (newest === server.seenAt) continue
      server.seenAt = newest
      const found = lookAtServer(processes, server.book, load.get(serverId) ?? NO_LOAD)
      if (found === null) continue
      server.slot ??= new SampleSlot(serverId, at)
      server.slot.add(found)
      server.kills = (found.risen.starts > 0 ? 0 : server.kills) + (found.risen.oomKills ?? 0)
      looks.push(found)
      server.limit = found.memoryLimit ?? server.limit
    }
    hostSlot ??= new SampleSlot(HOST_SERIES, at)
    hostSlot.add(lookAtHost(machine.read(), looks))
    if (isSet) hostSlot.clockSet = true
    if (isSet) for (const { slot } of watched.values()) if (slot !== null) slot.clockSet = true
  }

  return {
    async look() {
      const now = clock.now()
      const monotonic = clock.monotonic()
      const isSet = Math.abs(now - last.now - (monotonic - last.monotonic)) > STEADY_MS
      last = { now, monotonic }
      if (isSet) {
        setAt = monotonic
        for (const { slot } of watched.values()) if (slot !== null) slot.clockSet = true
      }
      const at = now - (now % STEP_MS)
      const before = slotAt
      slotAt = at
      if (before !== null && before !== at) await endStep(before)
      lookAtAll(at, isSet)
      if (monotonic - setAt > SETTLE_MS) await samples.compact(now)
    },
    noteKill(serverId) {
      const server = find(serverId)
      const isCounted = server.kills > 0
      server.kills = 0
      if (isCounted) return
      const at = slotAt ?? last.now - (last.now % STEP_MS)
      server.slot ??= new SampleSlot(serverId, at)
      server.slot.addKill(server.limit)
      hostSlot ??= new SampleSlot(HOST_SERIES, at)
      hostSlot.countKill()
    },
    async close() {
      if (slotAt !== null) await endStep(slotAt)
      await keepProfiles()
    },
  }
}

const NO_LOAD = { sessions: 0, streams: 0 }
