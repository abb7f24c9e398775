/** Whether a server's memory limit should change, from what to what, why, how sure that is, and what it would have meant. */
import type { Backtest, Confidence, Tier } from '../../domain/recommendation.ts'
import { decideMemory, type MemoryContext } from './decide-memory.ts'
import { explainMemory, type Explanation } from './explain-memory.ts'
import type { MemoryHistory } from './history.ts'
import { backtestMemory, judgeConfidence } from './judge-history.ts'
import { TIER_RULES } from './memory-tiers.ts'

const LEAST_CHANGE = 0.1
const LEAST_MIB = 16
const ENOUGH_TO_ADVISE = 0.3
/** So sure must one be, after so many full days, to take memory away. */
const ENOUGH_TO_LOWER = 0.7
const DAYS_TO_LOWER = 3

export type MemoryAdvice =
  | {
      readonly kind: 'recommended'
      readonly direction: 'raise' | 'lower'
      readonly currentMib: number
      readonly proposedMib: number
      readonly tier: Tier
      readonly confidence: Confidence
      readonly explanation: Explanation
      readonly backtest: Backtest
      /** Sure enough to be applied without a person, where that is switched on. */
      readonly mayApplyAlone: boolean
    }
  | { readonly kind: 'fits'; readonly why: string }
  | { readonly kind: 'skipped'; readonly why: string }

export function recommendMemory(
  history: MemoryHistory,
  server: {
    readonly currentMib: number
    readonly samples: number
    readonly tier: Tier
    /** Its memory grows and does not come back; null: it does not, as far as was seen. */
    readonly growing?: { readonly mibPerHour: number } | null
  },
  context: MemoryContext,
): MemoryAdvice {
  const { currentMib, samples, tier, growing = null } = server
  const rule = TIER_RULES[tier]
  const decision = decideMemory(history, rule, context)
  if (decision === undefined) return { kind: 'skipped', why: 'nothing measured yet' }
  const proposedMib = decision.limitMib
  const change = Math.abs(proposedMib - currentMib)
  if (change < LEAST_MIB || change < LEAST_CHANGE * currentMib) {
    return { kind: 'fits', why: `${currentMib} MiB fits; the formula gives ${proposedMib}` }
  }
  const direction = proposedMib > currentMib ? 'raise' : 'lower'
  const confidence = judgeConfidence(history, rule.windowDays, samples, context.now)
  if (direction === 'raise' && growing !== null) {
    const rate = Math.round(growing.mibPerHour * 10) / 10
    return { kind: 'skipped', why: `its memory grows ${rate} MiB/h: a limit is not raised to follow that` }
  }
  // A kill is a fact, not an estimate: what it asks for waits for no history.
  const isForced = direction === 'raise' && decision.demand !== undefined
  if (!isForced && confidence.value < ENOUGH_TO_ADVISE) {
    return {
      kind: 'skipped',
      why: `not enough history: confidence ${confidence.value} of ${ENOUGH_TO_ADVISE}`,
    }
  }
  const fullDays = history.peaks.filter(({ full }) => full).length
  if (direction === 'lower' && fullDays < DAYS_TO_LOWER) {
    return { kind: 'skipped', why: `${fullDays} of ${DAYS_TO_LOWER} full days of history` }
  }
  const backtest = backtestMemory(history, { currentMib, proposedMib }, context.now)
  if (backtest === undefined) return { kind: 'skipped', why: 'no day to test the proposal on' }
  return {
    kind: 'recommended',
    direction,
    currentMib,
    proposedMib,
    tier,
    confidence,
    explanation: explainMemory(decision, history, rule),
    backtest,
    mayApplyAlone: isForced || confidence.value >= ENOUGH_TO_LOWER,
  }
}
