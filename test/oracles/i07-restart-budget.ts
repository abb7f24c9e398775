import type { Oracle } from './sight.ts'

/** What the clock of the log rounds, and the order in which two records of one moment are written. */
const SLACK_MS = 50
/** Of what may pass by itself, beside `max_restarts`. */
const PROBES = 3

export const i07: Oracle = {
  id: 'I7',
  rule: 'automatic restarts keep their budget, and come when they were announced for',
  judge: ({ servers, starts, waits, leastDelayMs }) => [
    ...servers
      .filter(({ attempt, max_restarts }) => attempt > max_restarts + PROBES)
      .map(({ name, attempt, max_restarts }) => `${name} is at attempt ${attempt} of ${max_restarts}`),
    ...waits
      .filter(({ at, nextTry }) => nextTry - at < leastDelayMs - SLACK_MS)
      .map(({ server, at, nextTry }) => `${server} is to be tried again after ${nextTry - at} ms`),
    ...starts.flatMap(({ server, at, attempt }) => {
      // Of one that is tried again for the first time after a start by hand nothing was announced.
      const wait = waits.findLast((other) => other.server === server && other.at <= at)
      if (attempt === 0 || wait === undefined || wait.attempt !== attempt) return []
      const early = wait.nextTry - at
      return early > SLACK_MS ? [`${server} was tried again ${early} ms before it was announced`] : []
    }),
  ],
}
