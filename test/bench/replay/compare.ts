/** Figures of a policy, and pairs of policies at equal risk, with intervals from resampling the servers. */
import { createRandom } from './seeded.ts'
import type { ServerOutcome } from './simulate-memory.ts'

const RESAMPLES = 2_000

export type Run = {
  readonly family: string
  readonly name: string
  readonly outcomes: readonly ServerOutcome[]
}

export type Figures = {
  readonly family: string
  readonly name: string
  /** Σ limit / Σ the day's true peak. */
  readonly footprint: number
  readonly reservedMib: number
  /** Share of what is reserved that is not used on average. */
  readonly slackPercent: number
  readonly oomDaysPercent: number
  readonly episodesPer100Days: number
  /** Of the server that is worse off than 95 % of them. */
  readonly p95ServerOomDaysPercent: number
  readonly changesPerDay: number
}

export function measure({ family, name, outcomes }: Run): Figures {
  const total = (pick: (outcome: ServerOutcome) => number) =>
    outcomes.reduce((sum, outcome) => sum + pick(outcome), 0)
  const days = total((outcome) => outcome.days)
  const limits = total((outcome) => outcome.limitSum)
  const perServer = outcomes.map((outcome) => (100 * outcome.oomDays) / outcome.days).sort((a, b) => a - b)
  return {
    family,
    name,
    footprint: limits / total((outcome) => outcome.peakSum),
    reservedMib: limits / days,
    slackPercent: 100 * (1 - total((outcome) => outcome.useSum) / limits),
    oomDaysPercent: (100 * total((outcome) => outcome.oomDays)) / days,
    episodesPer100Days: (100 * total((outcome) => outcome.episodes)) / days,
    p95ServerOomDaysPercent: perServer[Math.floor(0.95 * (perServer.length - 1))] ?? 0,
    changesPerDay: total((outcome) => outcome.changes) / days,
  }
}

type Point = { readonly footprint: number; readonly oom: number }

/** A figure with the interval that holds it in 95 of 100 resamples. */
export type Interval = { readonly value: number; readonly low: number; readonly high: number }

export type Comparison = {
  readonly ours: string
  readonly against: string
  /** Our footprint over theirs, where theirs has as many OOM-days; 0: their sweep never gets so few. */
  readonly footprintRatio: Interval
  /** Our OOM-days less theirs, in points, where theirs has our footprint. */
  readonly oomDifference: Interval
}

/** Points of one policy on every resample, the fleet as it is first. */
export function resample(runs: readonly Run[], seed: number): ReadonlyMap<string, readonly Point[]> {
  const servers = runs[0]?.outcomes.length ?? 0
  const random = createRandom(seed, 0)
  const columns = runs.map(({ name, outcomes }) => ({
    name,
    limit: Float64Array.from(outcomes, ({ limitSum }) => limitSum),
    peak: Float64Array.from(outcomes, ({ peakSum }) => peakSum),
    oom: Float64Array.from(outcomes, ({ oomDays }) => oomDays),
    days: Float64Array.from(outcomes, ({ days }) => days),
    points: [] as Point[],
  }))
  const times = new Float64Array(servers)
  for (let round = 0; round <= RESAMPLES; round++) {
    times.fill(round === 0 ? 1 : 0)
    if (round > 0) for (let i = 0; i < servers; i++) times[random.integer(0, servers - 1)]!++
    for (const { limit, peak, oom, days, points } of columns) {
      let limits = 0
      let peaks = 0
      let ooms = 0
      let total = 0
      for (let i = 0; i < servers; i++) {
        const weight = times[i]!
        if (weight === 0) continue
        limits += weight * limit[i]!
        peaks += weight * peak[i]!
        ooms += weight * oom[i]!
        total += weight * days[i]!
      }
      points.push({ footprint: limits / peaks, oom: (100 * ooms) / total })
    }
  }
  return new Map(columns.map(({ name, points }) => [name, points]))
}

/** Ours against one policy or, along the line between its settings, a whole family. */
export function compare(
  points: ReadonlyMap<string, readonly Point[]>,
  ours: string,
  against: string,
  theirs: readonly string[],
): Comparison {
  const rounds = (points.get(ours) ?? []).map((mine, round) => {
    const line = theirs.map((name) => points.get(name)![round]!).sort((a, b) => a.footprint - b.footprint)
    return {
      ratio: mine.footprint / (line.length === 1 ? line[0]!.footprint : footprintAt(line, mine.oom)),
      difference: mine.oom - (line.length === 1 ? line[0]!.oom : oomAt(line, mine.footprint)),
    }
  })
  return {
    ours,
    against,
    footprintRatio: interval(rounds.map(({ ratio }) => ratio)),
    oomDifference: interval(rounds.map(({ difference }) => difference)),
  }
}

/** The least footprint with which the line has no more than so many OOM-days. */
function footprintAt(line: readonly Point[], oom: number): number {
  const index = line.findIndex((point) => point.oom <= oom)
  if (index === -1) return Number.POSITIVE_INFINITY
  const after = line[index]!
  const before = line[index - 1]
  if (before === undefined) return after.footprint
  return (
    after.footprint - ((oom - after.oom) / (before.oom - after.oom)) * (after.footprint - before.footprint)
  )
}

/** The OOM-days the line has at a footprint; outside of it, at its nearest end. */
function oomAt(line: readonly Point[], footprint: number): number {
  const index = line.findIndex((point) => point.footprint >= footprint)
  if (index === -1) return line.at(-1)!.oom
  const after = line[index]!
  const before = line[index - 1]
  if (before === undefined) return after.oom
  const share = (footprint - before.footprint) / (after.footprint - before.footprint)
  return before.oom + share * (after.oom - before.oom)
}

function interval([value = Number.NaN, ...resampled]: readonly number[]): Interval {
  const sorted = resampled.sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN
  return { value, low: at(0.025), high: at(0.975) }
}
