/**
 * What the measured samples say about a server's limits. Pure, and deliberately small: the highest use seen plus a
 * margin, and a hard sign (kills, throttling) before any statistics. Too little data is an answer of its own.
 */
import type { SampleRow } from '../../domain/sample.ts'
import type { ResourceLimits } from '../../domain/server.ts'

export type Recommendation = {
  readonly resource: 'memory_mb' | 'cpu_percent'
  readonly current: number
  readonly proposed: number
  readonly direction: 'raise' | 'lower' | 'keep'
  /** 0 to 1: how much of a full day's running time was seen, at most 0.9; hard signs count 0.95. */
  readonly confidence: number
  readonly reasons: readonly string[]
}

export type Advice =
  | { readonly kind: 'recommendations'; readonly items: readonly Recommendation[] }
  | { readonly kind: 'insufficient_data'; readonly why: string; readonly neededSeconds: number }

const MIB = 1024 * 1024
const MIN_SECONDS = 3_600
const MIN_MINUTES = 30
const DAY_SECONDS = 86_400
const HARD_SIGN = 0.95
/** Share of running time for which the kernel held the server back. */
const THROTTLED = 0.05

export function recommendResources(samples: readonly SampleRow[], limits: ResourceLimits): Advice {
  const seen = observe(samples)
  const memory = adviseMemory(seen, limits.memoryMb)
  const cpu = adviseCpu(seen, limits.cpuPercent)
  const hasHardSign = [memory, cpu].some(({ direction }) => direction === 'raise')
  if (!hasHardSign && (seen.seconds < MIN_SECONDS || samples.length < MIN_MINUTES)) {
    return {
      kind: 'insufficient_data',
      why: `${Math.round(seen.seconds)} of ${MIN_SECONDS} seconds of running time measured, in ${samples.length} minutes`,
      neededSeconds: Math.max(1, Math.ceil(MIN_SECONDS - seen.seconds)),
    }
  }
  return { kind: 'recommendations', items: [memory, cpu] }
}

type Observation = {
  readonly seconds: number
  readonly peakMb: number
  readonly oomKills: number
  readonly peakCpu: number
  readonly throttledShare: number
  readonly confidence: number
}

/** Minutes, each counted by the looks that were taken in it. */
function observe(samples: readonly SampleRow[]): Observation {
  const sum = (pick: (row: SampleRow) => number | null) =>
    samples.reduce((total, row) => total + (pick(row) ?? 0), 0)
  const highest = (pick: (row: SampleRow) => number | null) =>
    samples.reduce((max, row) => Math.max(max, pick(row) ?? 0), 0)
  const seconds = sum((row) => row.samples)
  return {
    seconds,
    peakMb: highest(({ memoryMax, memoryPeak }) => Math.max(memoryMax ?? 0, memoryPeak ?? 0)) / MIB,
    oomKills: sum(({ oomKills }) => oomKills),
    peakCpu: highest(({ cpuMax }) => cpuMax) / 10,
    throttledShare: seconds === 0 ? 0 : sum(({ throttledMs }) => throttledMs) / 1000 / seconds,
    confidence: Math.round(Math.min(0.9, seconds / DAY_SECONDS) * 100) / 100,
  }
}

function adviseMemory(
  { peakMb, oomKills, seconds, confidence }: Observation,
  current: number,
): Recommendation {
  const resource = 'memory_mb'
  if (oomKills > 0) {
    const proposed = roundUp(current * 1.5, 64)
    const reasons = [`the kernel killed for lack of memory ${oomKills} times at ${current} MiB`]
    return { resource, current, proposed, direction: 'raise', confidence: HARD_SIGN, reasons }
  }
  const proposed = Math.max(64, roundUp(peakMb * 1.3 + 16, 16))
  const reasons = [
    `highest use in ${describe(seconds)} was ${Math.ceil(peakMb)} MiB of ${current} MiB`,
    'the proposal is that plus 30 % and 16 MiB',
  ]
  return lowerOrKeep({ resource, current, proposed, confidence, reasons })
}

function adviseCpu(seen: Observation, current: number): Recommendation {
  const resource = 'cpu_percent'
  const { peakCpu, throttledShare, seconds, confidence } = seen
  if (seconds >= 60 && throttledShare > THROTTLED) {
    const proposed = roundUp(current * 1.5, 10)
    const reasons = [
      `held back for ${Math.round(throttledShare * 100)} % of ${describe(seconds)} at ${current} %`,
    ]
    return { resource, current, proposed, direction: 'raise', confidence: HARD_SIGN, reasons }
  }
  const proposed = Math.max(25, roundUp(peakCpu * 1.5, 5))
  const reasons = [
    `highest use in ${describe(seconds)} was ${Math.ceil(peakCpu)} % of ${current} %`,
    'the proposal is one and a half times that',
  ]
  return lowerOrKeep({ resource, current, proposed, confidence, reasons })
}

/** Within a quarter a change is not worth its risk: then only what was seen is told, not what was worked out. */
function lowerOrKeep(advice: Omit<Recommendation, 'direction'>): Recommendation {
  const { current, proposed, reasons } = advice
  if (proposed < current * 0.75) return { ...advice, direction: 'lower' }
  return { ...advice, proposed: current, direction: 'keep', reasons: reasons.slice(0, 1) }
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}

function describe(seconds: number): string {
  return seconds < 7_200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3_600)} hours`
}
