import { expect, it } from 'vitest'
import { formatAgo, formatBytes, formatMs, formatSpan } from './format.ts'

it.each([
  [null, '–'],
  [0, '0 s'],
  [59.9, '59 s'],
  [60, '1 m'],
  [3_725, '1 h 2 m'],
  [86_400, '1 d'],
  [90_061, '1 d 1 h'],
])('a span of %s seconds is %s', (seconds, text) => {
  expect(formatSpan(seconds)).toBe(text)
})

it('says sizes in the unit that fits', () => {
  expect([0, 1023, 1024, 1.5 * 2 ** 20, 2 ** 40].map(formatBytes)).toEqual([
    '0 B',
    '1,023 B',
    '1 KiB',
    '1.5 MiB',
    '1 TiB',
  ])
  expect([formatMs(12.34), formatMs(1500), formatMs(null)]).toEqual(['12.3 ms', '1.5 s', '–'])
})

it('says when something was, and when it will be', () => {
  const now = Date.parse('2026-01-01T00:10:00Z')
  expect(formatAgo('2026-01-01T00:09:59Z', now)).toBe('just now')
  expect(formatAgo('2026-01-01T00:00:00Z', now)).toBe('10 m ago')
  expect(formatAgo('2026-01-01T00:10:12Z', now)).toBe('in 12 s')
})
