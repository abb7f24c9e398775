/** What the last end of a server says about how it is started: the time it gets, and whether it is started again. */
import type { ExitClass } from '../../domain/exit-class.ts'
import type { Proposal } from '../../domain/recommendation.ts'
import { renderDay } from './history.ts'
import {
  buildConfidence,
  fits,
  numbered,
  DAY_MS,
  type HostFacts,
  type ServerFacts,
  type Verdict,
} from './server-facts.ts'

const RECENT_MS = 7 * DAY_MS
const MOST_SECONDS = 600
/** One end is a fact, and says little of the next. */
const ONE_END = 0.4
/** Ends that another try mends by itself. */
const PASSING: readonly ExitClass[] = ['dependency_down', 'killed_externally']

export function adviseStartTimeout({ config, lastExit }: ServerFacts, host: HostFacts): Verdict {
  const current = config.startTimeoutSeconds
  const proposed = Math.min(MOST_SECONDS, 2 * current)
  if (!isRecent(lastExit, host.now) || lastExit.class !== 'start_timeout' || proposed <= current) return fits
  return build(host, lastExit.at, {
    resource: 'start_timeout',
    current,
    proposed,
    formula: `2·${current}, at most ${MOST_SECONDS}`,
    text: `it did not answer within ${current} s`,
    instead: `with ${proposed} s it would have had ${proposed - current} s more; how long it would have taken was not to be seen`,
  })
}

export function adviseAutoRestart({ config, lastExit, isDown }: ServerFacts, host: HostFacts): Verdict {
  if (config.autoRestart || !isDown || !isRecent(lastExit, host.now)) return fits
  const { class: kind } = lastExit
  if (kind === null || !PASSING.includes(kind)) return fits
  return build(host, lastExit.at, {
    resource: 'auto_restart',
    current: 'false',
    proposed: 'true',
    formula: `an end of class ${kind} passes by itself`,
    text: `it ended (${kind}) and is not started again`,
    instead: `with it on, it would have been tried again within seconds; as it is, it was down for ${renderTime(host.now - lastExit.at)} since`,
  })
}

function isRecent(exit: ServerFacts['lastExit'], now: number): exit is NonNullable<ServerFacts['lastExit']> {
  return exit !== null && now - exit.at <= RECENT_MS
}

function build(
  { tier }: HostFacts,
  at: number,
  {
    text,
    instead,
    ...what
  }: Pick<Proposal, 'resource' | 'current' | 'proposed' | 'formula'> & {
    readonly text: string
    /** What would have been under it. */
    readonly instead: string
  },
): Verdict {
  return {
    kind: 'proposed',
    proposal: {
      ...what,
      direction: 'raise',
      tier,
      confidence: buildConfidence(ONE_END, 1),
      because: numbered([
        { text: `${text}, on ${renderDay(at / DAY_MS)}`, source: `exit:${at}` },
        { text: instead, source: `exit:${at}` },
        { text: 'one end: whether the next is like it, the past cannot tell', source: 'rule' },
      ]),
      backtest: null,
      risk: null,
      mayApply: false,
    },
  }
}

function renderTime(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000)
  if (minutes < 120) return `${minutes} minutes`
  return minutes < 2_880 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1_440)} days`
}
