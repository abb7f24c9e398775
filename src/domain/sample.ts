/**
 * What was measured of a server in one step of time. Looked at each second, kept in steps of ten seconds, which later
 * become minutes, five minutes and hours. What could not be measured is null, never 0.
 */
import type { ServerId, VersionId } from './id.ts'

/** Seconds, finest first. */
export const SAMPLE_STEPS = [10, 60, 300, 3600] as const
export type SampleStep = (typeof SAMPLE_STEPS)[number]

/**
 * How several steps become one: counters add up; a mean weighs each step by its samples, that of calls by its calls;
 * a mark of one is a mark of all.
 */
export type SampleJoin = 'sum' | 'min' | 'max' | 'mean' | 'call_mean'

/** In the order in which they are stored: new ones go to the end, old ones stay. */
export const SAMPLE_COLUMNS = [
  /** Memory and CPU of the one process that takes most, since the limits hold for each; further down all together. */
  { key: 'memoryMin', name: 'memory_min_bytes', join: 'min' },
  { key: 'memoryMean', name: 'memory_mean_bytes', join: 'mean' },
  { key: 'memoryMax', name: 'memory_max_bytes', join: 'max' },
  /** By the kernel, which sees what is between two looks too. */
  { key: 'memoryPeak', name: 'memory_peak_bytes', join: 'max' },
  { key: 'memoryLimit', name: 'memory_limit_bytes', join: 'max' },
  { key: 'cpuMin', name: 'cpu_min_millicores', join: 'min' },
  { key: 'cpuMean', name: 'cpu_mean_millicores', join: 'mean' },
  { key: 'cpuMax', name: 'cpu_max_millicores', join: 'max' },
  { key: 'cpuLimit', name: 'cpu_limit_millicores', join: 'max' },
  /** Periods of the kernel's CPU control in which the server ran, and in how many it was held back. */
  { key: 'periods', name: 'cpu_periods', join: 'sum' },
  { key: 'throttledPeriods', name: 'cpu_throttled_periods', join: 'sum' },
  { key: 'throttledMs', name: 'cpu_throttled_ms', join: 'sum' },
  { key: 'oomKills', name: 'oom_kills', join: 'sum' },
  /** Processes of the server that began: memory before and after one is not one series. */
  { key: 'starts', name: 'starts', join: 'sum' },
  { key: 'processesMean', name: 'processes_mean', join: 'mean' },
  { key: 'processesMax', name: 'processes_max', join: 'max' },
  { key: 'descriptorsMean', name: 'descriptors_mean', join: 'mean' },
  { key: 'descriptorsMax', name: 'descriptors_max', join: 'max' },
  { key: 'connectionsMean', name: 'connections_mean', join: 'mean' },
  { key: 'connectionsMax', name: 'connections_max', join: 'max' },
  { key: 'sessionsMean', name: 'sessions_mean', join: 'mean' },
  { key: 'sessionsMax', name: 'sessions_max', join: 'max' },
  { key: 'streamsMean', name: 'streams_mean', join: 'mean' },
  { key: 'streamsMax', name: 'streams_max', join: 'max' },
  { key: 'readBytes', name: 'disk_read_bytes', join: 'sum' },
  { key: 'writtenBytes', name: 'disk_written_bytes', join: 'sum' },
  { key: 'sentBytes', name: 'network_sent_bytes', join: 'sum' },
  { key: 'receivedBytes', name: 'network_received_bytes', join: 'sum' },
  { key: 'calls', name: 'calls', join: 'sum' },
  { key: 'errors', name: 'errors', join: 'sum' },
  { key: 'latencyMean', name: 'latency_mean_ms', join: 'call_mean' },
  { key: 'latencyP95', name: 'latency_p95_ms', join: 'call_mean' },
  { key: 'latencyMax', name: 'latency_max_ms', join: 'max' },
  /** 1: use was at the limit, so how much more was wanted nobody saw. */
  { key: 'memoryCensored', name: 'memory_censored', join: 'max' },
  { key: 'cpuCensored', name: 'cpu_censored', join: 'max' },
  /** 1: the wall clock was set meanwhile, so the step is longer or shorter than it says. */
  { key: 'clockSet', name: 'clock_set', join: 'max' },
  /** 1: no control group counts it; memory is the sum over its processes, and what happens between two looks is unseen. */
  { key: 'watched', name: 'watched', join: 'max' },
  { key: 'memoryTotal', name: 'memory_total_bytes', join: 'mean' },
  { key: 'cpuTotal', name: 'cpu_total_millicores', join: 'mean' },
  /** Of the machine alone. */
  { key: 'diskUsed', name: 'disk_used_bytes', join: 'max' },
  { key: 'diskSize', name: 'disk_size_bytes', join: 'max' },
  { key: 'latencyP50', name: 'latency_p50_ms', join: 'call_mean' },
  { key: 'latencyP99', name: 'latency_p99_ms', join: 'call_mean' },
] as const satisfies readonly { readonly key: string; readonly name: string; readonly join: SampleJoin }[]

/** Not a server: the machine. What is "of the one process that takes most" is its own, what is "all together" the servers'. */
export const HOST_SERIES = 'srv_host' as ServerId

export type SampleColumn = (typeof SAMPLE_COLUMNS)[number]['key']

export type SampleRow = Readonly<Record<SampleColumn, number | null>> & {
  readonly serverId: ServerId
  /** Seconds: those of `SAMPLE_STEPS`, or what was asked for. */
  readonly step: number
  /** Milliseconds since the epoch: the beginning of the step. */
  readonly at: number
  /** Looks that were taken in it. */
  readonly samples: number
}

/** A day of one version of a server, in UTC; today's is what was seen so far. */
export type DailyProfile = {
  /** For evidence: names this record among all. */
  readonly id: string
  readonly serverId: ServerId
  readonly versionId: VersionId
  /** Whole days since 1970. */
  readonly day: number
  /** Steps of ten seconds in which it was seen, of 8640. */
  readonly steps: number
  /** At least 90 % of the day was seen. */
  readonly full: boolean
  /** Bytes: the greater of what was seen and the kernel's peak. */
  readonly memoryPeak: number
  readonly memoryFloor: number
  /** The highest in the first minute of an instance; null: none began. */
  readonly startupPeak: number | null
  /** The last one in force. */
  readonly memoryLimit: number | null
  /** Steps that were seen at the limit. */
  readonly censored: number
  readonly oomKills: number
  /** Minutes by their CPU: bucket of the recommender's histogram, and how many; throttled ones count at the limit. */
  readonly cpu: readonly (readonly [bucket: number, minutes: number])[]
  readonly cpuLimit: number | null
  readonly periods: number
  readonly throttledPeriods: number
  /** Windows of five minutes that were seen, and those throttled in over 5 % of their periods. */
  readonly windows: number
  readonly throttledWindows: number
  readonly processesMax: number
  readonly calls: number
  readonly errors: number
  /** Milliseconds; null without calls. */
  readonly p50: number | null
  readonly p95: number | null
  /** As `encodeLatencies` writes it: those of several days add up. */
  readonly latencies: string
  /** No control group counted. */
  readonly watched: boolean
}

/** See `DailyProfile.id`. */
export function nameProfile(serverId: ServerId, versionId: VersionId, day: number): string {
  return `${serverId}/${versionId}/${day}`
}

/** Of the memory that tells of a daily profile. @param id as `nameProfile` makes it */
export function fingerprintProfile(id: string): string {
  return `profile.daily:${id}`
}

/** What is kept, at which grain and for how long; each moment is kept once. */
export type SampleTier = {
  readonly step: SampleStep
  /** Days; a whole block is moved on, so up to one block more. */
  readonly days: number
  /** What one block spans, milliseconds. */
  readonly blockMs: number
}

const HOUR_MS = 3_600_000
export const SAMPLE_TIERS: readonly SampleTier[] = [
  { step: 10, days: 1, blockMs: HOUR_MS },
  { step: 60, days: 14, blockMs: 6 * HOUR_MS },
  { step: 300, days: 90, blockMs: 24 * HOUR_MS },
  { step: 3600, days: 400, blockMs: 240 * HOUR_MS },
]
