/** What the ends of a week's calls say about the deadline of a call and about the number of processes. */
import type { Setting } from '../../domain/recommendation.ts'
import { renderInstances } from '../../domain/server-traits.ts'
import {
  buildConfidence,
  fits,
  numbered,
  type HostFacts,
  type ServerFacts,
  type Verdict,
} from './server-facts.ts'

const LEAST_CALLS = 200
const LEAST_CASES = 5
const SHARE = 0.01
const MAX_POOL = 32
/** One week, of which nobody knows whether it was like others. */
const WEEK = 0.6

function isCommon(cases: number, all: number): boolean {
  return all >= LEAST_CALLS && cases >= LEAST_CASES && cases >= SHARE * all
}

/** A deadline that cuts off many calls is doubled: how long they would have taken, nobody saw. */
export function adviseCallTimeout({ config, calls }: ServerFacts, host: HostFacts): Verdict {
  if (!isCommon(calls.timeouts, calls.all)) return fits
  const current = config.callTimeoutSeconds === 0 ? host.callTimeout.usual : config.callTimeoutSeconds
  const proposed = Math.min(host.callTimeout.most, 2 * current)
  return proposed <= current
    ? fits
    : build('call_timeout_seconds', current, proposed, host, calls.all, [
        `${calls.timeouts} of ${calls.all} calls of seven days were cut off at ${current} s`,
        `with ${proposed} s those that take less would have been answered; how long they would have taken was not to be seen, so the past cannot tell how many`,
      ])
}

/** A pool that turns many calls away is doubled. A server whose clients share one process is left: it may have to. */
export function advisePool({ config, calls }: ServerFacts, host: HostFacts): Verdict {
  const { instances } = config
  if (typeof instances === 'string' || !isCommon(calls.refused, calls.all)) return fits
  const pool = Math.min(MAX_POOL, 2 * instances.pool)
  return pool <= instances.pool
    ? fits
    : build('instances', renderInstances(instances), renderInstances({ pool }), host, calls.all, [
        `${calls.refused} of ${calls.all} calls of seven days were refused: no room, or the server did not answer`,
        'whether more processes would have taken them, the past cannot tell',
      ])
}

function build(
  resource: 'call_timeout_seconds' | 'instances',
  current: Setting,
  proposed: Setting,
  { tier }: HostFacts,
  calls: number,
  because: readonly string[],
): Verdict {
  return {
    kind: 'proposed',
    proposal: {
      resource,
      direction: 'raise',
      current,
      proposed,
      tier,
      confidence: buildConfidence(WEEK, calls / LEAST_CALLS),
      because: numbered(because.map((text) => ({ text, source: `calls:${calls}` }))),
      formula: `2·${current}, since at least ${SHARE * 100} % of at least ${LEAST_CALLS} calls met it`,
      backtest: null,
      risk: null,
      mayApply: false,
    },
  }
}
