import { describe, expect, it } from 'vitest'
import type { Notice } from '../domain/notification.ts'
import { decideDelay, decideMessages, isWithin } from './decide-messages.ts'

const notice = (id: number, urgency: Notice['urgency'] = 'soon'): Notice => ({
  id: `ntc_${id}`,
  channelId: 'chn_1',
  key: `event:${id}`,
  thread: null,
  step: 'alone',
  topic: 'incident',
  urgency,
  server: 'weather',
  title: 't',
  text: 'x',
  at: 0,
  state: 'waiting',
  attempts: 0,
  nextAt: 0,
  endedAt: null,
  messageId: null,
  error: null,
})
const some = (count: number) => Array.from({ length: count }, (_, index) => notice(index))
const shapes = (...args: Parameters<typeof decideMessages>) =>
  decideMessages(...args).map(({ notices, isDigest }) => [notices.length, isDigest])
const NOON = Date.UTC(2026, 0, 1, 12)
const NIGHT = Date.UTC(2026, 0, 1, 23, 30)

describe('what goes out', () => {
  const channel = { maxPerHour: 20, quiet: null }

  it('is each by itself while there are few, and all together in a storm', () => {
    expect(shapes(channel, some(4), 0, NOON)).toEqual([
      [1, false],
      [1, false],
      [1, false],
      [1, false],
    ])
    expect(shapes(channel, some(5), 0, NOON)).toEqual([[5, true]])
    expect(shapes(channel, some(200), 0, NOON)).toEqual([[200, true]])
    expect(shapes(channel, [], 0, NOON)).toEqual([])
  })

  it('keeps to the number of messages an hour: the last one tells all, then they wait', () => {
    expect(shapes(channel, some(3), 18, NOON)).toEqual([[3, true]])
    expect(shapes(channel, some(1), 19, NOON)).toEqual([[1, false]])
    expect(shapes(channel, some(3), 20, NOON)).toEqual([])
  })

  it('waits in quiet hours, but for what is urgent', () => {
    const quiet = { maxPerHour: 20, quiet: { from: 22 * 60, to: 7 * 60 } }
    expect(shapes(quiet, [notice(1), notice(2, 'now')], 0, NIGHT)).toEqual([[1, false]])
    expect(shapes(quiet, some(2), 0, NOON)).toHaveLength(2)
  })
})

it.each([
  [{ from: 60, to: 120 }, Date.UTC(2026, 0, 1, 1), true],
  [{ from: 60, to: 120 }, Date.UTC(2026, 0, 1, 2), false],
  [{ from: 1320, to: 420 }, NIGHT, true],
  [{ from: 1320, to: 420 }, Date.UTC(2026, 0, 1, 6, 59), true],
  [{ from: 1320, to: 420 }, NOON, false],
])('%o at %d is quiet: %s', (hours, now, quiet) => {
  expect(isWithin(hours, now)).toBe(quiet)
})

it('waits longer each time, at most an hour and a quarter, and as long as the other side asks', () => {
  expect([1, 2, 3, 9].map((attempts) => decideDelay(attempts, null, 0) / 1000)).toEqual([30, 60, 120, 3600])
  expect(decideDelay(9, null, 1)).toBe(4_500_000)
  expect(decideDelay(1, 120_000, 0)).toBe(120_000)
  expect(decideDelay(1, 86_400_000, 0)).toBe(3_600_000)
})
