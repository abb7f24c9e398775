/** Advice for servers, from what is known of all. Pure: the same facts give the same bytes. */
import type { Proposal, Resource } from '../../domain/recommendation.ts'
import { adviseCallTimeout, advisePool } from './advise-calls.ts'
import { adviseCpu } from './advise-cpu.ts'
import { adviseIdleStop } from './advise-idle-stop.ts'
import { adviseMemory } from './advise-memory.ts'
import { adviseProcesses } from './advise-processes.ts'
import { adviseAutoRestart, adviseStartTimeout } from './advise-restart.ts'
import { buildMemoryHistory } from './build-history.ts'
import type { MemoryHistory } from './history.ts'
import { findFleetMedian, judgeRisk } from './judge-fleet.ts'
import { DAY_MS, type HostFacts, type ServerFacts, type Verdict } from './server-facts.ts'

export type ServerAdvice = {
  readonly server: string
  readonly proposals: readonly Proposal[]
  readonly skipped: readonly { readonly resource: Resource; readonly why: string }[]
}

const NOTHING: MemoryHistory = { peaks: [], kills: [] }

const RULES: readonly ((facts: ServerFacts, host: HostFacts) => Verdict)[] = [
  adviseCpu,
  adviseProcesses,
  adviseIdleStop,
  advisePool,
  adviseCallTimeout,
  adviseStartTimeout,
  adviseAutoRestart,
]

/** In the order of the servers. */
export function adviseFleet(servers: readonly ServerFacts[], host: HostFacts): readonly ServerAdvice[] {
  const histories = servers.map(({ profiles, kills }) => buildMemoryHistory(profiles, kills))
  const medianMib = findFleetMedian(histories)
  const { tier, capMib } = host
  const risk = judgeRisk(histories, tier, { now: host.now / DAY_MS, medianMib, capMib })
  return servers.map((facts, index) => {
    const verdicts = [
      adviseMemory(facts, host, histories[index] ?? NOTHING, { medianMib, risk }),
      ...RULES.map((rule) => rule(facts, host)),
    ]
    return {
      server: facts.name,
      proposals: verdicts.flatMap((verdict) => (verdict.kind === 'proposed' ? [verdict.proposal] : [])),
      skipped: verdicts.flatMap((verdict) =>
        verdict.kind === 'skipped' ? [{ resource: verdict.resource, why: verdict.why }] : [],
      ),
    }
  })
}
