/**
 * The CPU quota. More where it held the server back; less only where others want the CPU, since a quota on an idle host
 * makes nobody faster.
 */
import { buildCpuHistory, countSamples } from './build-history.ts'
import { decideCpu } from './decide-cpu.ts'
import { renderDay } from './history.ts'
import { findBucket } from './load-histogram.ts'
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

const resource = 'cpu_percent'
const BOOST = 1.5
/** A start alone fills a window or two. */
const WINDOWS = 3
const DAYS_WANTED = 3
const SAMPLES_WANTED = 1_440
const LEAST_CHANGE = 0.1
const SURE = 0.7
/** Percent of the last minute in which something waited. */
const PRESSURE = 20
const STEP = 5

export function adviseCpu({ config, profiles }: ServerFacts, host: HostFacts): Verdict {
  const { now, tier } = host
  const seen = recentOf(profiles, now)
  const latest = seen.filter(({ day }) => Math.floor(now / DAY_MS) - day <= 1)
  const held = latest.reduce((sum, { throttledWindows }) => sum + throttledWindows, 0)
  const windows = latest.reduce((sum, profile) => sum + profile.windows, 0)
  const current = config.limits.cpuPercent
  const quota = decideCpu(buildCpuHistory(seen), undefined, host.millicores) / 10
  const full = seen.filter((profile) => profile.full).length
  const confidence = buildConfidence(full / DAYS_WANTED, countSamples(seen) / SAMPLES_WANTED)
  const served = Math.round(quota)
  const newest = latest.at(-1)
  if (held >= WINDOWS && newest !== undefined) {
    const wanted = Math.max(BOOST * current, quota)
    const proposed = Math.min(host.millicores / 10, Math.ceil(wanted / STEP) * STEP)
    if (proposed < current * (1 + LEAST_CHANGE)) return fits
    return {
      kind: 'proposed',
      proposal: {
        resource,
        direction: 'raise',
        current,
        proposed,
        tier,
        confidence,
        because: numbered([
          {
            text: `held back in ${held} of ${windows} windows of five minutes since ${renderDay(latest[0]?.day ?? 0)}`,
            source: newest.id,
          },
          {
            text: 'what it wanted beyond its quota was not to be seen, so the past cannot tell',
            source: 'rule',
          },
        ]),
        formula: `max(1.5·${current}, ${served}), rounded up to ${STEP}`,
        backtest: null,
        risk: null,
        mayApply: true,
      },
    }
  }
  const proposed = Math.ceil(quota / STEP) * STEP
  if (proposed > current * (1 - LEAST_CHANGE)) return fits
  if (full < DAYS_WANTED || newest === undefined) {
    return { kind: 'skipped', resource, why: `${full} of ${DAYS_WANTED} full days of history` }
  }
  if (host.cpuPressure === null || host.cpuPressure <= PRESSURE) {
    const why = 'nobody waits for the CPU, so a lower quota would help nobody'
    return { kind: 'skipped', resource, why: host.cpuPressure === null ? `${why}, as far as is known` : why }
  }
  const last = findBucket(proposed * 10)
  const exceeded = seen.filter(({ cpu }) => cpu.some(([bucket]) => bucket > last)).length
  return {
    kind: 'proposed',
    proposal: {
      resource,
      direction: 'lower',
      current,
      proposed,
      tier,
      confidence,
      because: numbered([
        { text: `99 % of its load needs ${Math.round(quota / 1.125)} % of a core`, source: newest.id },
        {
          text: `others wait: ${Math.round(host.cpuPressure)} % of the last minute something had no CPU`,
          source: 'host',
        },
      ]),
      formula: `1.125·${Math.round(quota / 1.125)}, rounded up to ${STEP}`,
      backtest: { days: seen.length, exceeded, unusedBefore: null, unusedAfter: null },
      risk: null,
      mayApply: confidence.value >= SURE,
    },
  }
}
