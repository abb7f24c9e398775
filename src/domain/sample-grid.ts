/** Which step a range of samples is told in. */
import { AppError } from './error.ts'
import { SAMPLE_STEPS, SAMPLE_TIERS } from './sample.ts'

export const MOST_POINTS = 2000
const DAY_MS = 86_400_000
/** Seconds; steps that people read. */
const STEPS = [...SAMPLE_STEPS, 900, 1800, 10_800, 21_600, 86_400].toSorted((a, b) => a - b)
/** All that may still be kept, and one day. */
const MOST_DAYS = 411

export type SampleGrid = {
  /** Milliseconds since the epoch: the beginning of the first step, and the end of the last. */
  readonly from: number
  readonly to: number
  /** Seconds. */
  readonly step: number
}

/**
 * Finer than what is kept of the time asked for it never is.
 * @param step seconds; null: the finest that has not more than 2,000 points
 */
export function decideGrid(
  asked: { from: number; to: number; step: number | null },
  now: number,
): SampleGrid {
  const { from, to } = asked
  if (!(from < to)) throw new AppError('invalid_request', 'from has to be before to.')
  if (to - from > MOST_DAYS * DAY_MS) {
    throw new AppError('invalid_request', `From from to to are at most ${MOST_DAYS} days.`)
  }
  const kept = findKept(from, now)
  const pointsOf = (step: number) => Math.ceil((to - floor(from, step)) / (step * 1000))
  if (asked.step === null) {
    const step = STEPS.find((one) => one >= kept && pointsOf(one) <= MOST_POINTS) ?? 86_400
    return align(from, to, step)
  }
  if (asked.step % SAMPLE_STEPS[0] !== 0 || asked.step < SAMPLE_STEPS[0]) {
    throw new AppError('invalid_request', `step has to be a multiple of ${SAMPLE_STEPS[0]} seconds.`)
  }
  const step = Math.ceil(Math.max(asked.step, kept) / kept) * kept
  if (pointsOf(step) > MOST_POINTS) {
    throw new AppError(
      'invalid_request',
      `That would be more than ${MOST_POINTS} points: take a greater step.`,
    )
  }
  return align(from, to, step)
}

/** The finest step that is still kept of that time. */
function findKept(from: number, now: number): number {
  const tier = SAMPLE_TIERS.find(({ days }) => now - from <= days * DAY_MS)
  return tier?.step ?? SAMPLE_STEPS[SAMPLE_STEPS.length - 1]!
}

function align(from: number, to: number, step: number): SampleGrid {
  const begin = floor(from, step)
  return { from: begin, to: begin + Math.ceil((to - begin) / (step * 1000)) * step * 1000, step }
}

function floor(time: number, step: number): number {
  return time - (time % (step * 1000))
}
