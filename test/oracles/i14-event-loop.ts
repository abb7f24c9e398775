import type { Oracle } from './sight.ts'

const AT_MOST_MS = 50

export const i14: Oracle = {
  id: 'I14',
  rule: 'the event loop is at most 50 ms late (p99)',
  judge: ({ daemon: { lagP99Ms } }) =>
    lagP99Ms === null || lagP99Ms <= AT_MOST_MS ? [] : [`the event loop was ${lagP99Ms} ms late (p99)`],
}
