import { expect, it } from 'vitest'
import { describeEvent } from './describe-event.ts'
import { readChange } from './live-queries.ts'

const event = (type: string, data: Record<string, unknown>) =>
  ({ id: 1, type, time: '2026-01-01T00:00:00Z', actor: 'platform', data }) as Parameters<typeof readChange>[0]

it('takes out of an event what it says of a server', () => {
  const data = {
    server: 'a',
    status: 'backoff',
    reason: 'it ended',
    attempt: 2,
    next_try_at: '2026-01-01T00:00:05Z',
  }
  expect(readChange(event('server.status', data))).toEqual({
    status: 'backoff',
    reason: 'it ended',
    attempt: 2,
    next_try_at: '2026-01-01T00:00:05Z',
  })
  expect(readChange(event('server.health', { server: 'a', health: 'unhealthy' }))).toEqual({
    health: 'unhealthy',
  })
  expect(readChange(event('token.created', { name: 't' }))).toBeNull()
})

it('says an event in a sentence, one that it does not know too', () => {
  expect(describeEvent(event('server.status', { server: 'a', status: 'failed', reason: 'no room' }))).toBe(
    'a: failed: no room',
  )
  expect(describeEvent(event('version.rolled_back', { server: 'a', from: 2, to: 1, reason: '' }))).toBe(
    'a went from version 2 back to 1.',
  )
  expect(describeEvent(event('something.new', { server: 'a' }))).toBe('something.new of a.')
})
