/** The memory rule on what the store keeps. */
import type { Risk } from '../../domain/recommendation.ts'
import { countSamples } from './build-history.ts'
import type { MemoryHistory } from './history.ts'
import { recommendMemory } from './recommend-memory.ts'
import { DAY_MS, fits, type HostFacts, type ServerFacts, type Verdict } from './server-facts.ts'

const resource = 'memory_mb'

export function adviseMemory(
  { config, profiles, growing }: ServerFacts,
  { now, tier, capMib }: HostFacts,
  history: MemoryHistory,
  fleet: { readonly medianMib: number | null; readonly risk: Risk },
): Verdict {
  const advice = recommendMemory(
    history,
    { currentMib: config.limits.memoryMb, samples: countSamples(profiles), tier, growing },
    {
      now: now / DAY_MS,
      capMib,
      ...(fleet.medianMib === null ? {} : { fleetMedianMib: fleet.medianMib }),
    },
  )
  if (advice.kind === 'skipped') return { kind: 'skipped', resource, why: advice.why }
  if (advice.kind === 'fits') return fits
  const { direction, currentMib, proposedMib, confidence, explanation, backtest } = advice
  return {
    kind: 'proposed',
    proposal: {
      resource,
      direction,
      current: currentMib,
      proposed: proposedMib,
      tier,
      confidence,
      because: explanation.because,
      formula: explanation.formula,
      backtest,
      risk: fleet.risk,
      mayApply: advice.mayApplyAlone,
    },
  }
}
