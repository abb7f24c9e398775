import type { Oracle } from './sight.ts'

/** Of the jitter, and of what the clock of the log rounds. */
const SLACK = 0.75

export const i07: Oracle = {
  id: 'I7',
  rule: 'automatic restarts keep their budget and their delays',
  judge: ({ servers, starts, restartDelayMs }) => [
    ...servers
      .filter(({ attempt, max_restarts }) => attempt > max_restarts)
      .map(({ name, attempt, max_restarts }) => `${name} is at attempt ${attempt} of ${max_restarts}`),
    ...starts.flatMap(({ server, at, attempt }, index) => {
      if (attempt === 0) return []
      const before = starts.slice(0, index).findLast((other) => other.server === server)
      const gap = before === undefined ? Infinity : at - before.at
      return gap < restartDelayMs * SLACK ? [`${server} was restarted ${gap} ms after its last start`] : []
    }),
  ],
}
