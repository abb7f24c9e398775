import type { Oracle } from './sight.ts'

const AT_MOST_MS = 2000
/** For the answer to come here. */
const SLACK_MS = 1000

export const i10: Oracle = {
  id: 'I10',
  rule: 'what is shown is two seconds old at most, or marked stale',
  judge: ({ servers, at }) =>
    servers
      .filter(({ stale }) => !stale)
      .flatMap(({ name, observed_at }) => {
        const age = observed_at === null ? Infinity : at - Date.parse(observed_at)
        return age > AT_MOST_MS + SLACK_MS ? [`${name} is shown as of ${age} ms ago, and not as stale`] : []
      }),
}
