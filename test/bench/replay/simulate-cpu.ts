/**
 * CPU quotas over a fleet. What a quota does not serve is lost, and only what was served is seen. Each policy decides
 * each hour, when it changes the quota by more than 10 %; ours also raises it at once after a throttled window, which
 * is part of the rule. All keep the least of 100 millicores.
 */
import {
  countCpu,
  createCpuHistory,
  decideCpu,
  type CpuWindow,
} from '../../../src/insight/recommend/decide-cpu.ts'
import { createLoadHistogram } from '../../../src/insight/recommend/load-histogram.ts'
import { countDays, STEPS_PER_DAY, STEPS_PER_HOUR, type Trace } from './trace.ts'

const LEAST_MILLICORES = 100
const HOST_MILLICORES = 64_000
const THROTTLED_DAY = 0.01

type Rule = {
  readonly see: (window: CpuWindow) => void
  readonly decide: () => number
  /** A quota to take at once. */
  readonly react?: (window: CpuWindow) => number
}

export type CpuPolicy = { readonly name: string; readonly open: () => Rule }

export type CpuFigures = {
  readonly name: string
  readonly footprint: number
  readonly throttledPercent: number
  /** Share of server-days with more than 1 % of the demand throttled. */
  readonly throttledDaysPercent: number
}

/** A plain percentile of the use seen over a window, worked out once a day, as such tools are run. */
function percentileOf(share: number, days: number): Rule {
  const seen: number[] = []
  let quota: number | undefined
  return {
    see: ({ millicores }) => {
      seen.push(millicores)
    },
    decide: () => {
      if (quota === undefined || seen.length % STEPS_PER_DAY === 0) {
        const window = Float64Array.from(seen.slice(-days * STEPS_PER_DAY))
        quota = selectRank(window, Math.min(window.length - 1, Math.floor(share * window.length)))
      }
      return quota
    },
  }
}

function peakOf(days: number, factor: number): Rule {
  const peaks: number[] = []
  return {
    see: ({ atHours, millicores }) => {
      const day = Math.floor(atHours / 24)
      peaks[day] = Math.max(peaks[day] ?? 0, millicores)
    },
    decide: () => Math.max(...peaks.slice(-days)) * factor,
  }
}

function fadingPercentile(share: number, halfLifeHours: number, factor: number, byLoad: boolean): Rule {
  const histogram = createLoadHistogram(halfLifeHours)
  return {
    see: ({ atHours, millicores }) => {
      histogram.add(atHours, millicores)
    },
    decide: () => factor * (byLoad ? histogram.loadPercentile(share) : histogram.percentile(share)),
  }
}

function ours(): Rule {
  const histogram = createCpuHistory()
  let throttled: CpuWindow | undefined
  return {
    see: (window) => {
      countCpu(histogram, window)
      if (window.throttledShare > 0) throttled = window
    },
    react: (window) => decideCpu(histogram, window, HOST_MILLICORES),
    decide: () => {
      const quota = decideCpu(histogram, throttled, HOST_MILLICORES)
      throttled = undefined
      return quota
    },
  }
}

export const CPU_POLICIES: readonly CpuPolicy[] = [
  { name: 'KRR-style p95, 14 days', open: () => percentileOf(0.95, 14) },
  { name: 'VPA-style p90 +15 %', open: () => fadingPercentile(0.9, 24, 1.15, false) },
  { name: '7-day peak +10 %', open: () => peakOf(7, 1.1) },
  { name: 'Autopilot-style load p95, 12 h +12.5 %', open: () => fadingPercentile(0.95, 12, 1.125, true) },
  { name: 'ours', open: ours },
]

/** Sums, so that those of several fleets add up. */
export type CpuSums = {
  quota: number
  peak: number
  demand: number
  throttled: number
  days: number
  throttledDays: number
}

export function simulateCpu(traces: readonly Trace[], policy: CpuPolicy): CpuFigures {
  return measureCpu(policy.name, [sumCpu(traces, policy)])
}

export function sumCpu(traces: readonly Trace[], policy: CpuPolicy): CpuSums {
  const sum = { quota: 0, peak: 0, demand: 0, throttled: 0, days: 0, throttledDays: 0 }
  for (const trace of traces) {
    if (trace.cpu === undefined) continue
    const rule = policy.open()
    let quota = trace.provisionedMillicores
    for (let day = 0; day < countDays(trace); day++) {
      const today = { quota: 0, peak: 0, demand: 0, throttled: 0 }
      for (let step = day * STEPS_PER_DAY; step < (day + 1) * STEPS_PER_DAY; step++) {
        const demand = trace.cpu[step]!
        const lost = Math.max(0, demand - quota)
        today.quota += quota / STEPS_PER_DAY
        today.peak = Math.max(today.peak, demand)
        today.demand += demand
        today.throttled += lost
        const window = {
          atHours: step / STEPS_PER_HOUR,
          millicores: Math.min(demand, quota),
          throttledShare: lost > 0 ? 1 : 0,
          quotaMillicores: quota,
        }
        rule.see(window)
        if (lost > 0 && rule.react !== undefined) quota = Math.max(quota, rule.react(window))
        if ((step + 1) % STEPS_PER_HOUR === 0) {
          const wanted = Math.max(LEAST_MILLICORES, rule.decide())
          if (Math.abs(wanted - quota) > 0.1 * quota) quota = wanted
        }
      }
      if (day < trace.warmUpDays) continue
      sum.quota += today.quota
      sum.peak += today.peak
      sum.demand += today.demand
      sum.throttled += today.throttled
      sum.days++
      if (today.throttled > THROTTLED_DAY * today.demand) sum.throttledDays++
    }
  }
  return sum
}

export function measureCpu(name: string, fleets: readonly CpuSums[]): CpuFigures {
  const total = (key: keyof CpuSums) => fleets.reduce((sum, fleet) => sum + fleet[key], 0)
  return {
    name,
    footprint: total('quota') / total('peak'),
    throttledPercent: (100 * total('throttled')) / total('demand'),
    throttledDaysPercent: (100 * total('throttledDays')) / total('days'),
  }
}

/** The value that would stand at `rank` if they were sorted; reorders them. 0 of nothing. */
function selectRank(values: Float64Array, rank: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const pivot = values[(low + high) >> 1]!
    let left = low
    let right = high
    while (left <= right) {
      while (values[left]! < pivot) left++
      while (values[right]! > pivot) right--
      if (left > right) break
      const held = values[left]!
      values[left++] = values[right]!
      values[right--] = held
    }
    if (rank <= right) high = right
    else if (rank >= left) low = left
    else break
  }
  return values[rank] ?? 0
}
