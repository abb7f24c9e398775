import { describe, expect, it } from 'vitest'
import { formatBytes, formatDuration, formatPercent, parseDuration, parseMoment } from './humanise.ts'

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [61 * 1024 * 1024, '61 MiB'],
  [256 * 1024 * 1024, '256 MiB'],
  [5_000_000_000_000_000, '4547 TiB'],
])('formatBytes(%d) is %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

it.each([
  [0, '0s'],
  [45.9, '45s'],
  [200, '3m20s'],
  [11_520, '3h12m'],
  [3600, '1h'],
  [187_200, '2d4h'],
  [86_460, '1d'],
])('formatDuration(%d) is %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text)
})

it('formatPercent rounds, and shows - for no figure', () => {
  expect([formatPercent(1.6), formatPercent(0), formatPercent(null)]).toEqual(['2%', '0%', '-'])
})

it.each([
  ['90', 90],
  ['90s', 90],
  ['1h30m', 5400],
  ['500ms', 0.5],
  ['2d', 172_800],
  ['', null],
  ['soon', null],
  ['5x', null],
  ['-5s', null],
])('parseDuration(%s) is %s', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})

describe('parseMoment', () => {
  const now = Date.UTC(2026, 10, 26, 12, 0, 0)
  it.each([
    ['10m', now - 600_000],
    ['2026-11-26T11:00:00Z', now - 3_600_000],
    ['yesterday', null],
    ['12', now - 12_000],
  ])('%s', (text, expected) => {
    expect(parseMoment(text, now)).toBe(expected)
  })
})
