import { expect, it } from 'vitest'
import { describeServer } from './describe-server.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const server: Parameters<typeof describeServer>[0] = {
  status: 'running',
  health: 'healthy',
  version: 7,
  uptime_seconds: 10_800,
  reason: null,
  idle: false,
  attempt: 1,
  max_restarts: 5,
  next_try_at: null,
  last_exit: null,
}

it('says for how long it runs and how it is', () => {
  expect(describeServer(server, NOW)).toBe('Running for 3 h, healthy, version 7.')
})

it('counts down to the next try, with the cause', () => {
  const waiting = {
    ...server,
    status: 'backoff' as const,
    attempt: 4,
    next_try_at: '2026-01-01T00:00:12Z',
    reason: 'exited with code 1',
  }
  expect(describeServer(waiting, NOW)).toBe('Next try in 12 s (4 of 5): exited with code 1.')
  expect(describeServer(waiting, NOW + 12_500)).toBe('Next try now (4 of 5): exited with code 1.')
})

it('says why it does not run, and that one that sleeps is well', () => {
  const failed = { ...server, status: 'failed' as const, reason: 'it ended 5 times' }
  expect(describeServer(failed, NOW)).toBe('Failed, version 7: it ended 5 times.')
  expect(describeServer({ ...server, status: 'stopped', idle: true }, NOW)).toBe(
    'Asleep since nobody used it: the next call starts it.',
  )
})
