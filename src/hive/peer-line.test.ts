import { expect, it } from 'vitest'
import { decideWait } from './peer-line.ts'

it('waits twice as long each time, half of it by chance, up to five minutes', () => {
  expect([0, 1, 2, 8, 9, 500].map((n) => decideWait(n, () => 0))).toEqual([
    500, 1_000, 2_000, 128_000, 150_000, 150_000,
  ])
  expect(decideWait(0, () => 0.5)).toBe(750)
  expect(decideWait(500, () => 1)).toBe(300_000)
})
