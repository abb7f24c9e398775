/** A server that is seldom called need not run: it is stopped when nobody uses it, and the next call starts it. */
import { renderDay } from './history.ts'
import {
  buildConfidence,
  fits,
  numbered,
  recentOf,
  DAY_MS,
  type HostFacts,
  type ServerFacts,
  type Verdict,
} from './server-facts.ts'

const resource = 'idle_stop_seconds'
const IDLE_SECONDS = 900
const HOURS_WANTED = 168
/** Of the hours: above it the server is used too often for the wait to be worth it. */
const IDLE_SHARE = 0.8
const SURE = 0.7
const MIB = 2 ** 20

export function adviseIdleStop({ config, hours, profiles }: ServerFacts, { now, tier }: HostFacts): Verdict {
  if (config.idleStopSeconds > 0) return fits
  if (hours.length < HOURS_WANTED) {
    const why = `${hours.length} of ${HOURS_WANTED} hours in which its calls were counted`
    return { kind: 'skipped', resource, why }
  }
  const idle = hours.filter(({ calls }) => calls === 0).length
  const share = idle / hours.length
  if (share < IDLE_SHARE) return fits
  // Its first call after an hour without one would have waited for a start.
  const woken = hours.filter(({ calls }, index) => calls > 0 && hours[index - 1]?.calls === 0)
  const days = new Set(hours.map(({ at }) => Math.floor(at / DAY_MS)))
  const confidence = buildConfidence(1, hours.length / (2 * HOURS_WANTED))
  const seen = recentOf(profiles, now)
  const floor = Math.min(...seen.map(({ memoryFloor }) => memoryFloor))
  const newest = seen.at(-1)
  return {
    kind: 'proposed',
    proposal: {
      resource,
      direction: 'lower',
      current: 0,
      proposed: IDLE_SECONDS,
      tier,
      confidence,
      because: numbered([
        {
          text: `no call in ${idle} of ${hours.length} hours since ${renderDay((hours[0]?.at ?? now) / DAY_MS)}`,
          source: `calls:${hours.length}h`,
        },
        {
          text: `${woken.length} calls would have waited for a start on ${new Set(woken.map(({ at }) => Math.floor(at / DAY_MS))).size} of ${days.size} days`,
          source: `calls:${hours.length}h`,
        },
        ...(newest === undefined || !Number.isFinite(floor)
          ? []
          : [
              {
                text: `it holds at least ${Math.round(floor / MIB)} MiB while nobody calls`,
                source: newest.id,
              },
            ]),
      ]),
      formula: `hours without a call ≥ ${IDLE_SHARE * 100} % of at least ${HOURS_WANTED}: stop after ${IDLE_SECONDS} s`,
      backtest: {
        days: days.size,
        exceeded: new Set(woken.map(({ at }) => Math.floor(at / DAY_MS))).size,
        unusedBefore: Math.round(share * 100) / 100,
        unusedAfter: null,
      },
      risk: null,
      mayApply: confidence.value >= SURE,
    },
  }
}
