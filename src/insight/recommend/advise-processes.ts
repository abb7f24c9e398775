/** How many processes and threads a server may have: twice the most that was seen, and a few. */
import { countSamples } from './build-history.ts'
import { decideProcesses } from './decide-cpu.ts'
import { renderDay } from './history.ts'
import {
  buildConfidence,
  fits,
  numbered,
  recentOf,
  type HostFacts,
  type ServerFacts,
  type Verdict,
} from './server-facts.ts'

const resource = 'max_processes'
const DAYS_WANTED = 7
const SAMPLES_WANTED = 1_440
const LEAST_CHANGE = 0.25
const LEAST = 16
const SURE = 0.7

export function adviseProcesses({ config, profiles }: ServerFacts, { now, tier }: HostFacts): Verdict {
  const seen = recentOf(profiles, now)
  const full = seen.filter((profile) => profile.full)
  if (full.length < 3) return { kind: 'skipped', resource, why: `${full.length} of 3 full days of history` }
  if (config.instances !== 'shared') {
    return {
      kind: 'skipped',
      resource,
      why: 'its record is of all its processes together, the limit of each',
    }
  }
  const current = config.limits.maxProcesses
  const highest = seen.reduce((a, b) => (b.processesMax > a.processesMax ? b : a))
  const proposed = decideProcesses(highest.processesMax)
  const change = Math.abs(proposed - current)
  if (change < LEAST || change < LEAST_CHANGE * current) return fits
  const confidence = buildConfidence(full.length / DAYS_WANTED, countSamples(seen) / SAMPLES_WANTED)
  const unused = (limit: number) => Math.max(0, Math.round((1 - highest.processesMax / limit) * 100) / 100)
  return {
    kind: 'proposed',
    proposal: {
      resource,
      direction: proposed > current ? 'raise' : 'lower',
      current,
      proposed,
      tier,
      confidence,
      because: numbered([
        {
          text: `at most ${highest.processesMax} processes and threads at once, on ${renderDay(highest.day)}`,
          source: highest.id,
        },
      ]),
      formula: `max(32, 2·${highest.processesMax} + 16)`,
      backtest: {
        days: seen.length,
        exceeded: seen.filter(({ processesMax }) => processesMax > proposed).length,
        unusedBefore: unused(current),
        unusedAfter: unused(proposed),
      },
      risk: null,
      mayApply: confidence.value >= SURE,
    },
  }
}
