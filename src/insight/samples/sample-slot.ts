/** Looks at one server within one step of ten seconds, gathered into one row. */
import type { ServerId } from '../../domain/id.ts'
import { readPercentiles } from '../../domain/latency-histogram.ts'
import type { SampleRow } from '../../domain/sample.ts'
import { COUNTERS, type Risen } from './counter-book.ts'
import type { Traffic } from './traffic-meter.ts'

/** All processes of a server at one moment. Null: it cannot be measured here. */
export type Look = {
  /** Of the process that takes most memory, bytes. */
  readonly memory: number
  readonly memoryPeak: number | null
  readonly memoryLimit: number | null
  readonly memoryTotal: number
  /** Of the process that takes most CPU; null at the first look. */
  readonly cpu: number | null
  readonly cpuLimit: number | null
  readonly cpuTotal: number | null
  readonly processes: number
  readonly descriptors: number | null
  readonly connections: number | null
  readonly sessions: number
  readonly streams: number
  readonly risen: Risen
  readonly isWatched: boolean
}

type Gauge = { min: number; max: number; sum: number; n: number }

/** The kernel counts pages in batches for each CPU, so use comes to lie a little below a limit that it is at. */
const AT_LIMIT = 0.98

export class SampleSlot {
  samples = 0
  clockSet = false
  disk: { readonly usedBytes: number; readonly sizeBytes: number } | null = null
  private readonly gauges = new Map<keyof Look, Gauge>()
  private readonly counters: Partial<Record<keyof Risen, number>> = {}
  private memoryPeak: number | null = null
  private memoryLimit: number | null = null
  private cpuLimit: number | null = null
  private memoryCensored = false
  private isKilled = false
  private watched = false

  readonly serverId: ServerId
  readonly at: number

  constructor(serverId: ServerId, at: number) {
    this.serverId = serverId
    this.at = at
  }

  add(look: Look): void {
    this.samples++
    for (const key of GAUGES) this.note(key, look[key])
    for (const key of ALL_COUNTERS) {
      const value = look.risen[key]
      if (value !== null) this.counters[key] = (this.counters[key] ?? 0) + value
    }
    this.memoryPeak = greater(this.memoryPeak, look.memoryPeak)
    // The next process may have been given more: what a kill says, it says of the limit before.
    if ((look.risen.oomKills ?? 0) > 0) this.isKilled = true
    if (!this.isKilled || this.memoryLimit === null) this.memoryLimit = look.memoryLimit ?? this.memoryLimit
    this.cpuLimit = look.cpuLimit ?? this.cpuLimit
    const highest = Math.max(look.memory, look.memoryPeak ?? 0)
    if (look.memoryLimit !== null && highest >= look.memoryLimit * AT_LIMIT) this.memoryCensored = true
    if (look.isWatched) this.watched = true
  }

  /** A kill that ended the process before a look could tell of it. @param limit that was in force then */
  addKill(limit: number | null): void {
    this.memoryLimit = limit ?? this.memoryLimit
    this.isKilled = true
    this.memoryCensored = true
    this.countKill()
  }

  /** Of the machine: its own memory was not at its limit. */
  countKill(): void {
    this.counters.oomKills = (this.counters.oomKills ?? 0) + 1
  }

  private note(key: keyof Look, value: number | null): void {
    if (value === null) return
    const gauge = this.gauges.get(key)
    if (gauge === undefined) this.gauges.set(key, { min: value, max: value, sum: value, n: 1 })
    else {
      gauge.min = Math.min(gauge.min, value)
      gauge.max = Math.max(gauge.max, value)
      gauge.sum += value
      gauge.n++
    }
  }

  build(step: number, traffic: Traffic): SampleRow {
    const min = (key: keyof Look) => round(this.gauges.get(key)?.min)
    const max = (key: keyof Look) => round(this.gauges.get(key)?.max)
    const mean = (key: keyof Look) => {
      const gauge = this.gauges.get(key)
      return gauge === undefined ? null : round(gauge.sum / gauge.n)
    }
    const wholeMean = (key: keyof Look) => {
      const value = mean(key)
      return value === null ? null : Math.round(value)
    }
    const counted = (key: keyof Risen) => this.counters[key] ?? null
    const { calls } = traffic
    const [p50 = 0, p95 = 0, p99 = 0] = readPercentiles(traffic.latencies, [50, 95, 99], traffic.latencyMax)
    const throttled = counted('throttledPeriods')
    const seen = this.samples > 0
    return {
      serverId: this.serverId,
      step,
      at: this.at,
      samples: this.samples,
      memoryMin: min('memory'),
      memoryMean: wholeMean('memory'),
      memoryMax: max('memory'),
      memoryPeak: this.memoryPeak,
      memoryLimit: this.memoryLimit,
      cpuMin: min('cpu'),
      cpuMean: mean('cpu'),
      cpuMax: max('cpu'),
      cpuLimit: this.cpuLimit,
      periods: counted('periods'),
      throttledPeriods: throttled,
      throttledMs: round(counted('throttledMs')),
      oomKills: counted('oomKills'),
      starts: counted('starts'),
      processesMean: mean('processes'),
      processesMax: max('processes'),
      descriptorsMean: mean('descriptors'),
      descriptorsMax: max('descriptors'),
      connectionsMean: mean('connections'),
      connectionsMax: max('connections'),
      sessionsMean: mean('sessions'),
      sessionsMax: max('sessions'),
      streamsMean: mean('streams'),
      streamsMax: max('streams'),
      readBytes: counted('readBytes'),
      writtenBytes: counted('writtenBytes'),
      sentBytes: traffic.sentBytes,
      receivedBytes: traffic.receivedBytes,
      calls,
      errors: traffic.errors,
      latencyMean: calls === 0 ? null : round(traffic.latencySum / calls),
      latencyP95: calls === 0 ? null : round(p95),
      latencyMax: calls === 0 ? null : round(traffic.latencyMax),
      memoryCensored: this.memoryLimit !== null || this.memoryCensored ? Number(this.memoryCensored) : null,
      cpuCensored: throttled === null ? null : Number(throttled > 0),
      clockSet: Number(this.clockSet),
      watched: seen ? Number(this.watched) : null,
      memoryTotal: wholeMean('memoryTotal'),
      cpuTotal: mean('cpuTotal'),
      diskUsed: this.disk?.usedBytes ?? null,
      diskSize: this.disk?.sizeBytes ?? null,
      latencyP50: calls === 0 ? null : round(p50),
      latencyP99: calls === 0 ? null : round(p99),
    }
  }
}

const ALL_COUNTERS = [...COUNTERS, 'starts'] as const
const GAUGES = [
  'memory',
  'memoryTotal',
  'cpu',
  'cpuTotal',
  'processes',
  'descriptors',
  'connections',
  'sessions',
  'streams',
] as const
function greater(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.max(a, b)
}

function round(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value * 100) / 100
}
