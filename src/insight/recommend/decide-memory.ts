/**
 * The memory limit that a history asks for: the highest use of a window, plus a margin that is relatively larger for a
 * small server, and never less than what a kill says. What was seen at a limit is a lower bound, not use: a kill at
 * limit `l` asks for more than `l` for as long as it is remembered.
 */
import type { DailyPeak, MemoryHistory, OomKill } from './history.ts'
import type { TierRule } from './memory-tiers.ts'

const FLOOR_MIB = 48
const STEP_MIB = 8
const RELATIVE = 0.1
/** Without a fleet to compare with: about the size of one published server. */
const DEFAULT_SCALE_MIB = 100
const KILL_SCALE = 0.25

export type MemoryContext = {
  readonly now: number
  /** The median daily peak of the fleet, if it has ten servers. */
  readonly fleetMedianMib?: number
  readonly capMib: number
}

export type MemoryDecision = {
  readonly limitMib: number
  /** Before floor, rounding and cap. */
  readonly wantedMib: number
  readonly scaleMib: number
  readonly base: { readonly mib: number; readonly from: DailyPeak | 'startup' | undefined }
  readonly marginMib: number
  readonly demand: { readonly mib: number; readonly kill: OomKill } | undefined
  readonly rules: 'use' | 'kill' | 'floor' | 'cap'
}

/** Undefined: nothing was measured, nothing can be said. */
export function decideMemory(
  history: MemoryHistory,
  rule: TierRule,
  context: MemoryContext,
): MemoryDecision | undefined {
  const scaleMib = context.fleetMedianMib ?? DEFAULT_SCALE_MIB
  const base = findBase(history, rule, context.now)
  const demand = findDemand(history.kills, rule, context.now, scaleMib)
  if (base.from === undefined && demand === undefined) return undefined
  const marginMib = RELATIVE * base.mib + rule.spread * Math.sqrt(base.mib * scaleMib)
  const fromUse = base.mib + marginMib
  const wantedMib = Math.max(fromUse, demand?.mib ?? 0)
  const rounded = Math.ceil(Math.max(FLOOR_MIB, wantedMib) / STEP_MIB) * STEP_MIB
  const limitMib = Math.min(context.capMib, rounded)
  const rules =
    limitMib < rounded
      ? 'cap'
      : wantedMib < FLOOR_MIB
        ? 'floor'
        : (demand?.mib ?? 0) > fromUse
          ? 'kill'
          : 'use'
  return { limitMib, wantedMib, scaleMib, base, marginMib, demand, rules }
}

/** How far `ageDays` lets a number fade; a clock that was set back makes no number older than now. */
function fade(ageDays: number, rule: TierRule): number {
  return rule.halfLifeDays === null ? 1 : 2 ** (-Math.max(0, ageDays) / rule.halfLifeDays)
}

function findBase({ peaks, startup }: MemoryHistory, rule: TierRule, now: number): MemoryDecision['base'] {
  const today = Math.floor(now)
  let mib = startup?.mib ?? 0
  let from: MemoryDecision['base']['from'] = startup === undefined ? undefined : 'startup'
  for (const peak of peaks) {
    const age = today - peak.day
    if (age > rule.windowDays) continue
    const counted = peak.mib * fade(age, rule)
    if (counted > mib || from === undefined) {
      mib = counted
      from = peak
    }
  }
  return { mib, from }
}

function findDemand(
  kills: readonly OomKill[],
  rule: TierRule,
  now: number,
  scaleMib: number,
): MemoryDecision['demand'] {
  let highest: MemoryDecision['demand']
  for (const kill of kills) {
    const age = now - kill.at
    if (age > rule.killDays) continue
    const asked = Math.max(rule.afterKill * kill.limitMib, kill.limitMib + KILL_SCALE * scaleMib)
    const mib = asked * fade(age, rule)
    if (mib > (highest?.mib ?? 0)) highest = { mib, kill }
  }
  return highest
}
