/**
 * The rules that are compared, ours and others', behind one shape: what was seen in, a limit out. Each sees use clipped
 * at the limit, and the limits at which the kernel killed; none sees the trace.
 */
import { decideMemory } from '../../../src/insight/recommend/decide-memory.ts'
import { TIER_RULES, type TierRule } from '../../../src/insight/recommend/memory-tiers.ts'

export type Seen = {
  /** Days, whole and part. */
  readonly now: number
  /** Highest use seen on each day, today's so far included; indexed by day. */
  readonly peaks: readonly number[]
  readonly kills: readonly { readonly at: number; readonly limitMib: number }[]
  readonly limitMib: number
  /** Median of yesterday's peaks over the fleet. */
  readonly fleetMedianMib: number | undefined
}

export type Policy = {
  readonly family: string
  readonly name: string
  /** Undefined: the limit stays as it was provisioned. */
  readonly decide: ((seen: Seen) => number) | undefined
  /** The limit from the first day on, instead of the provisioned one. */
  readonly startMib?: number
}

/** What a host gives one server at most. */
const CAP_MIB = 65_536

function ours(name: string, rule: TierRule): Policy {
  return {
    family: 'haivemind',
    name,
    decide: ({ now, peaks, kills, fleetMedianMib }) => {
      const from = Math.max(0, peaks.length - rule.windowDays - 1)
      const history = {
        peaks: peaks.slice(from).map((mib, index) => ({ id: '', day: from + index, mib, full: true })),
        kills: kills.map((kill) => ({ id: '', ...kill })),
      }
      const scale = fleetMedianMib === undefined ? {} : { fleetMedianMib }
      return decideMemory(history, rule, { now, capMib: CAP_MIB, ...scale })?.limitMib ?? 0
    },
  }
}

function highest(values: readonly number[], days: number): number {
  let top = 0
  for (let i = Math.max(0, values.length - days); i < values.length; i++) top = Math.max(top, values[i]!)
  return top
}

/** Robusta KRR: the highest of 14 days plus a share; after a kill the limit plus a quarter. */
function krr(share: number): Policy {
  return {
    family: 'KRR-style',
    name: `KRR-style +${percent(share)} %`,
    decide: ({ now, peaks, kills }) => {
      let wanted = highest(peaks, 15) * (1 + share)
      for (const { at, limitMib } of kills) {
        if (now - at <= 14) wanted = Math.max(wanted, limitMib * (1 + Math.max(share, 0.25)))
      }
      return wanted
    },
  }
}

/** What a day counts by its age. */
const HALVED = Array.from({ length: 9 }, (_, age) => 2 ** -age)

/**
 * Kubernetes VPA: one peak a day, weights halving every 24 h, a percentile plus a share; a kill counts as a peak 100 MiB
 * or a fifth above the limit. Without its buckets, whose rounding adds up to 5 %, and without its floor.
 */
function vpa(percentile: number, share: number): Policy {
  return {
    family: 'VPA-style',
    name: `VPA-style p${percent(percentile)} +${percent(share)} %`,
    decide: ({ now, peaks, kills }) => {
      const first = Math.max(0, peaks.length - 8)
      const days = peaks.slice(first)
      for (const { at, limitMib } of kills) {
        const index = Math.floor(at) - first
        if (index >= 0) days[index] = Math.max(days[index]!, limitMib + 100, limitMib * 1.2)
      }
      // Of eight days at most, each is held against the others: sorting them a million times takes longer.
      const newest = Math.floor(now) - first
      let total = 0
      for (let index = 0; index < days.length; index++) total += HALVED[newest - index]!
      let lowest = Infinity
      for (const mib of days) {
        if (mib >= lowest) continue
        let passed = 0
        for (let index = 0; index < days.length; index++) {
          if (days[index]! <= mib) passed += HALVED[newest - index]!
        }
        if (passed >= percentile * total) lowest = mib
      }
      return lowest === Infinity ? 0 : lowest * (1 + share)
    },
  }
}

/** Autopilot's moving maximum: the highest of 7 days plus a share. */
function autopilot(share: number): Policy {
  return {
    family: 'Autopilot-style',
    name: `Autopilot-style +${percent(share)} %`,
    decide: ({ peaks }) => highest(peaks, 8) * (1 + share),
  }
}

function peakPlus(share: number): Policy {
  return {
    family: 'peak + share',
    name: `peak +${percent(share)} %, kills ignored`,
    decide: ({ peaks }) => highest(peaks, 15) * (1 + share),
  }
}

function fixed(mib: number): Policy {
  return { family: 'static', name: `static ${mib} MiB`, decide: undefined, startMib: mib }
}

function percent(share: number): string {
  return String(Math.round(share * 1000) / 10)
}

/** Close enough that the straight line between two settings is a fair stand-in for those in between. */
const SHARES = [0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9, 1, 1.25, 1.5]

export const POLICIES: readonly Policy[] = [
  { family: 'people', name: 'as provisioned', decide: undefined },
  ...[128, 192, 224, 256, 288, 320, 352, 384, 448, 512, 640, 768, 1024].map(fixed),
  ...SHARES.map(peakPlus),
  ...SHARES.map(krr),
  ...[0.15, 0.3, 0.5].map((share) => vpa(0.9, share)),
  ...[0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 3].map((share) => vpa(0.95, share)),
  ...[0.125, ...SHARES.slice(1)].map(autopilot),
  ours('efficient', TIER_RULES.efficient),
  ours('balanced', TIER_RULES.balanced),
  ours('safe', TIER_RULES.safe),
  ...[0.25, 0.75, 1.5].map((spread) => ours(`14 days, spread ${spread}`, { ...TIER_RULES.balanced, spread })),
]
