/**
 * One policy over a fleet, the same way for all: use above the limit is a kill and shows the limit only; a decision each
 * hour, taken when it changes the limit by more than 10 %, never below 1.05 times the present use; after a kill the
 * limit may only rise, at once. Days pass for the whole fleet together, since a margin may depend on the fleet.
 */
import { median } from '../../../src/insight/recommend/judge-history.ts'
import type { Policy } from './policies.ts'
import { countDays, readHours, STEPS_PER_DAY, STEPS_PER_HOUR, type Trace } from './trace.ts'

const FLEET = 10
const LEAST_CHANGE = 0.1
const HEADROOM = 1.05

/** What became of one server after its warm-up; sums, so that a fleet is their sum. */
export type ServerOutcome = {
  readonly days: number
  /** Of each day's mean limit, of each day's true peak, of each day's mean use. */
  readonly limitSum: number
  readonly peakSum: number
  readonly useSum: number
  readonly oomDays: number
  /** Kills more than an hour after the one before. */
  readonly episodes: number
  readonly changes: number
}

type Server = {
  readonly trace: Trace
  readonly peaks: number[]
  readonly kills: { at: number; limitMib: number }[]
  limit: number
  startedAt: number
  killedAt: number
  outcome: { -readonly [K in keyof ServerOutcome]: ServerOutcome[K] }
}

export function simulateMemory(traces: readonly Trace[], policy: Policy): ServerOutcome[] {
  const servers = traces.map((trace) => openServer(trace, policy))
  const days = Math.max(0, ...traces.map(countDays))
  let fleetMedianMib: number | undefined
  for (let day = 0; day < days; day++) {
    const peaks: number[] = []
    for (const server of servers) {
      if (day >= countDays(server.trace)) continue
      simulateDay(server, policy, day, fleetMedianMib)
      peaks.push(server.peaks[day]!)
    }
    fleetMedianMib = peaks.length >= FLEET ? median(peaks) : undefined
  }
  return servers.map(({ outcome }) => outcome)
}

function openServer(trace: Trace, policy: Policy): Server {
  return {
    trace,
    peaks: [],
    kills: [],
    limit: policy.startMib ?? trace.provisionedMib,
    startedAt: 0,
    killedAt: Number.NEGATIVE_INFINITY,
    outcome: { days: 0, limitSum: 0, peakSum: 0, useSum: 0, oomDays: 0, episodes: 0, changes: 0 },
  }
}

function simulateDay(server: Server, policy: Policy, day: number, fleetMedianMib: number | undefined): void {
  const { trace, outcome } = server
  const hours = readHours(trace)
  const isScored = day >= trace.warmUpDays
  server.peaks.push(0)
  let limits = 0
  let truePeak = 0
  let uses = 0
  let isKilled = false
  const decide = (step: number): number =>
    policy.decide?.({
      now: (step + 1) / STEPS_PER_DAY,
      peaks: server.peaks,
      kills: server.kills,
      limitMib: server.limit,
      fleetMedianMib,
    }) ?? server.limit

  for (let hour = day * 24; hour < (day + 1) * 24; hour++) {
    const first = hour * STEPS_PER_HOUR
    const last = first + STEPS_PER_HOUR - 1
    if (trace.leak === 0 && hours.peak[hour]! <= server.limit) {
      // Nothing happens within this hour: its sums say all.
      truePeak = Math.max(truePeak, hours.peak[hour]!)
      server.peaks[day] = Math.max(server.peaks[day]!, hours.peak[hour]!)
      uses += hours.sum[hour]!
      limits += server.limit * STEPS_PER_HOUR
    } else {
      for (let step = first; step <= last; step++) {
        let used = useAt(server, step)
        if (used > server.limit) {
          // A kill: the true need is counted before the restart lets go of what leaked.
          truePeak = Math.max(truePeak, trace.leak > 0 ? Math.min(used, server.limit) : used)
          server.peaks[day] = Math.max(server.peaks[day]!, server.limit)
          server.kills.push({ at: step / STEPS_PER_DAY, limitMib: server.limit })
          isKilled = true
          if (isScored && step - server.killedAt > STEPS_PER_HOUR) outcome.episodes++
          server.killedAt = step
          server.startedAt = step
          const raised = decide(step)
          if (raised > server.limit) {
            server.limit = raised
            if (isScored) outcome.changes++
          }
          used = Math.min(useAt(server, step), server.limit)
        }
        truePeak = Math.max(truePeak, used)
        server.peaks[day] = Math.max(server.peaks[day]!, used)
        uses += used
        limits += server.limit
      }
    }
    const present = Math.min(useAt(server, last), server.limit)
    const wanted = Math.max(decide(last), HEADROOM * present)
    if (policy.decide !== undefined && Math.abs(wanted - server.limit) > LEAST_CHANGE * server.limit) {
      server.limit = wanted
      if (isScored) outcome.changes++
    }
  }
  if (server.kills.length > 0) {
    const keep = server.kills.findIndex(({ at }) => day - at <= 31)
    server.kills.splice(0, keep === -1 ? server.kills.length : keep)
  }
  if (!isScored) return
  outcome.days++
  outcome.limitSum += limits / STEPS_PER_DAY
  outcome.peakSum += truePeak
  outcome.useSum += uses / STEPS_PER_DAY
  outcome.oomDays += isKilled ? 1 : 0
}

function useAt({ trace, startedAt }: Server, step: number): number {
  return trace.memory[step]! + trace.leak * (step - startedAt)
}
