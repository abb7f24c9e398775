/** How long advice for 1,000 servers takes: 30 daily profiles of each, every rule, all tiers. */
import { performance } from 'node:perf_hooks'
import { TIERS } from '../../src/domain/recommendation.ts'
import { DEFAULT_LIMITS } from '../../src/domain/server.ts'
import { adviseFleet } from '../../src/insight/recommend/advise-fleet.ts'
import { DAY_MS, type ServerFacts } from '../../src/insight/recommend/server-facts.ts'
import { createRandom } from './replay/seeded.ts'

const SERVERS = 1_000
const DAYS = 30
const TODAY = 20_000
const MIB = 2 ** 20

export function benchRecommend(): Promise<void> {
  const random = createRandom(1, 0)
  const fleet = Array.from({ length: SERVERS }, (_, server): ServerFacts => ({
    name: `server-${server}`,
    config: {
      limits: DEFAULT_LIMITS,
      idleStopSeconds: 0,
      instances: 'shared',
      callTimeoutSeconds: 0,
      startTimeoutSeconds: 30,
      autoRestart: true,
    },
    profiles: Array.from({ length: DAYS }, (_day, index) => ({
      id: `${server}-${index}`,
      day: TODAY - DAYS + 1 + index,
      steps: 8_640,
      full: index < DAYS - 1,
      memoryPeak: 85 * MIB * random.lognormal(0, 0.35),
      memoryFloor: 40 * MIB,
      startupPeak: null,
      cpu: Array.from({ length: 40 }, (_minute, bucket) => [bucket, 36] as const),
      windows: 288,
      throttledWindows: 0,
      processesMax: 20,
      calls: 1_000,
    })),
    kills: [],
    hours: Array.from({ length: 168 }, (_hour, hour) => ({ at: hour * 3_600_000, calls: 1 })),
    calls: { all: 7_000, timeouts: 0, refused: 0 },
    lastExit: null,
    isDown: false,
    growing: null,
  }))
  for (const tier of TIERS) {
    const startedAt = performance.now()
    const advice = adviseFleet(fleet, {
      now: (TODAY + 0.5) * DAY_MS,
      tier,
      capMib: 4096,
      millicores: 4000,
      cpuPressure: 0,
      callTimeout: { usual: 60, most: 600 },
    })
    const seconds = (performance.now() - startedAt) / 1000
    const given = advice.reduce((sum, { proposals }) => sum + proposals.length, 0)
    console.log(`${SERVERS} servers, ${tier}: ${seconds.toFixed(3)} s, ${given} recommendations`)
  }
  return Promise.resolve()
}
