/** What one day of one version of a server comes to, step by step. Pure: the day's record in, the day's record out. */
import type { ServerId, VersionId } from '../../domain/id.ts'
import {
  decodeLatencies,
  encodeLatencies,
  mergeLatencies,
  readPercentiles,
  type LatencyHistogram,
} from '../../domain/latency-histogram.ts'
import { nameProfile, type DailyProfile, type SampleRow } from '../../domain/sample.ts'
import { findBucket } from '../recommend/load-histogram.ts'

const DAY_STEPS = 8640
const FULL = 0.9
const MINUTE_MS = 60_000
const WINDOW_MS = 300_000
/** Of a window's periods. */
const THROTTLED = 0.05

type Minute = { sum: number; n: number }
type Window = { at: number; minutes: Map<number, Minute>; periods: number; throttled: number }
type Mutable = { -readonly [K in keyof DailyProfile]: DailyProfile[K] }

export interface DayProfile {
  /** @param isStartup the process it is of began within the last minute */
  add(row: SampleRow, latencies: LatencyHistogram, isStartup: boolean): void
  /** Without the five minutes that go on. */
  read(): DailyProfile
  /** The day is over: with the last five minutes. */
  close(): DailyProfile
}

/** @param stored what an earlier daemon knew of the day */
export function createDayProfile(
  place: { readonly serverId: ServerId; readonly versionId: VersionId; readonly day: number },
  stored: DailyProfile | null,
): DayProfile {
  const profile: Mutable = { ...(stored ?? buildEmpty(place)) }
  const cpu = new Map<number, number>(profile.cpu)
  const latencies = decodeLatencies(profile.latencies)
  let latencyMax = profile.p95 === null ? 0 : Infinity
  let window: Window | null = null

  const closeWindow = () => {
    if (window === null) return
    const { minutes, periods, throttled } = window
    window = null
    if (minutes.size === 0) return
    profile.windows++
    const isThrottled = periods > 0 && throttled / periods > THROTTLED
    if (isThrottled) profile.throttledWindows++
    for (const { sum, n } of minutes.values()) {
      // What was held back wanted more than it got: its use says the limit, and nothing of what it needs.
      const millicores = isThrottled ? Math.max(sum / n, profile.cpuLimit ?? 0) : sum / n
      const bucket = findBucket(millicores)
      cpu.set(bucket, (cpu.get(bucket) ?? 0) + 1)
    }
  }

  const noteCpu = (row: SampleRow) => {
    const at = row.at - (row.at % WINDOW_MS)
    if (window?.at !== at) closeWindow()
    window ??= { at, minutes: new Map(), periods: 0, throttled: 0 }
    window.periods += row.periods ?? 0
    window.throttled += row.throttledPeriods ?? 0
    if (row.cpuMean === null) return
    const minute = row.at - (row.at % MINUTE_MS)
    const known = window.minutes.get(minute) ?? { sum: 0, n: 0 }
    window.minutes.set(minute, { sum: known.sum + row.cpuMean, n: known.n + 1 })
  }

  const noteMemory = (row: SampleRow, isStartup: boolean) => {
    if (row.memoryMax === null || row.memoryMin === null) return
    const peak = Math.max(row.memoryMax, row.memoryPeak ?? 0)
    profile.memoryFloor = profile.steps === 0 ? row.memoryMin : Math.min(profile.memoryFloor, row.memoryMin)
    profile.memoryPeak = Math.max(profile.memoryPeak, peak)
    if (isStartup) profile.startupPeak = Math.max(profile.startupPeak ?? 0, peak)
    if (row.memoryCensored === 1) profile.censored++
    profile.steps++
    profile.full = profile.steps >= DAY_STEPS * FULL
  }

  const read = (): DailyProfile => {
    const [p50, p95] = profile.calls === 0 ? [null, null] : readPercentiles(latencies, [50, 95], latencyMax)
    return {
      ...profile,
      cpu: [...cpu].toSorted(([a], [b]) => a - b),
      latencies: encodeLatencies(latencies),
      p50: p50 ?? null,
      p95: p95 ?? null,
    }
  }

  return {
    add(row, found, isStartup) {
      profile.memoryLimit = row.memoryLimit ?? profile.memoryLimit
      profile.cpuLimit = row.cpuLimit ?? profile.cpuLimit
      noteMemory(row, isStartup)
      noteCpu(row)
      profile.oomKills += row.oomKills ?? 0
      profile.periods += row.periods ?? 0
      profile.throttledPeriods += row.throttledPeriods ?? 0
      profile.processesMax = Math.max(profile.processesMax, row.processesMax ?? 0)
      profile.calls += row.calls ?? 0
      profile.errors += row.errors ?? 0
      mergeLatencies(latencies, found)
      latencyMax = Math.max(latencyMax, row.latencyMax ?? 0)
      if (row.watched === 1) profile.watched = true
    },
    read,
    close() {
      closeWindow()
      return read()
    },
  }
}

function buildEmpty(place: Parameters<typeof createDayProfile>[0]): DailyProfile {
  return {
    ...place,
    id: nameProfile(place.serverId, place.versionId, place.day),
    steps: 0,
    full: false,
    memoryPeak: 0,
    memoryFloor: 0,
    startupPeak: null,
    memoryLimit: null,
    censored: 0,
    oomKills: 0,
    cpu: [],
    cpuLimit: null,
    periods: 0,
    throttledPeriods: 0,
    windows: 0,
    throttledWindows: 0,
    processesMax: 0,
    calls: 0,
    errors: 0,
    p50: null,
    p95: null,
    latencies: '',
    watched: false,
  }
}
