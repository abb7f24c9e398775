/** How long advice for 1,000 servers takes: 30 days of history each, all tiers. */
import { performance } from 'node:perf_hooks'
import { recommendMemory } from '../../src/insight/recommend/recommend-memory.ts'
import { createRandom } from './replay/seeded.ts'

const SERVERS = 1_000
const DAYS = 30
const TODAY = 20_000
const TIERS = ['efficient', 'balanced', 'safe'] as const

export function benchRecommend(): Promise<void> {
  const random = createRandom(1, 0)
  const histories = Array.from({ length: SERVERS }, (_, server) => ({
    peaks: Array.from({ length: DAYS }, (_, index) => ({
      id: `${server}-${index}`,
      day: TODAY - index,
      mib: 85 * random.lognormal(0, 0.35),
      full: index > 0,
    })),
    kills: [],
  }))
  const startedAt = performance.now()
  const advice = histories.flatMap((history) =>
    TIERS.map((tier) =>
      recommendMemory(
        history,
        { currentMib: 512, samples: 40_000, tier },
        { now: TODAY + 0.5, fleetMedianMib: 85, capMib: 4096 },
      ),
    ),
  )
  const seconds = (performance.now() - startedAt) / 1000
  const given = advice.filter(({ kind }) => kind === 'recommended').length
  console.log(
    `${SERVERS} servers in ${TIERS.length} tiers: ${seconds.toFixed(3)} s, ${given} recommendations`,
  )
  return Promise.resolve()
}
