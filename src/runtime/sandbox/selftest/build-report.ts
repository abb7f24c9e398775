import { isAtLeast, tierOf, type IsolationTier } from '../../../domain/enforcement.ts'
import type { ProbeResult, SelftestReport } from '../../../domain/selftest.ts'
import type { Answer } from './attack.ts'
import { isPromised, PROBES } from './probes.ts'

export function buildReport(
  record: Parameters<typeof isPromised>[1],
  way: string,
  found: ReadonlyMap<string, Answer>,
  demanded: IsolationTier | null,
): SelftestReport {
  const tier = tierOf(record)
  const probes = PROBES.map((probe): ProbeResult => {
    const answer = found.get(probe.id)
    return {
      id: probe.id,
      title: probe.title,
      outcome: answer?.outcome ?? (answer?.blocked === true ? 'blocked' : 'not_blocked'),
      evidence: answer?.evidence ?? 'it came to no end that proves anything',
      promised: isPromised(probe, record),
    }
  })
  const count = (outcome: ProbeResult['outcome']) =>
    probes.filter((probe) => probe.outcome === outcome).length
  return {
    tier,
    way,
    probes,
    summary: {
      blocked: count('blocked'),
      not_blocked: count('not_blocked'),
      not_applicable: count('not_applicable'),
      broken: probes
        .filter(({ promised, outcome }) => promised && outcome === 'not_blocked')
        .map(({ id }) => id),
      too_weak: demanded !== null && !isAtLeast(tier, demanded),
    },
  }
}
