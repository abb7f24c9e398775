/** The words of a recommendation, made from its facts alone: the same facts make the same words. Pure. */
import type { Backtest, Recommendation, Risk } from './recommendation.ts'

/** A paragraph: what should change, why, how sure that is, and what the past would have been. */
export function describeAdvice(server: string, item: Recommendation): string {
  const { resource, current, proposed, because, confidence, backtest, risk, formula } = item
  const facts = because.map(({ text }) => text).join('; ')
  return [
    `${resource} of ${server} should go from ${current} to ${proposed}: ${facts}.`,
    `By the rule ${formula}, with confidence ${confidence.value}.`,
    ...(backtest === null ? [] : [`${describeBacktest(backtest)}.`]),
    ...(risk === null ? [] : [`${describeRisk(risk)}.`]),
  ].join(' ')
}

/** What would have happened under it. */
export function describeBacktest({ days, exceeded, unusedBefore, unusedAfter }: Backtest): string {
  const percent = (share: number) => `${Math.round(100 * share)} %`
  const unused =
    unusedBefore === null || unusedAfter === null
      ? ''
      : `; of it ${percent(unusedAfter)} would have been unused, ${percent(unusedBefore)} of what there is`
  return `In the last ${days} days it would have been met on ${exceeded}${unused}`
}

export function describeRisk({ expectedOomDaysPer100, source }: Risk): string {
  return `An end for lack of memory is expected on ${expectedOomDaysPer100} of 100 days (${source})`
}
