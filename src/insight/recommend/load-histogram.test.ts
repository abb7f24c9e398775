import { expect, it } from 'vitest'
import { createLoadHistogram } from './load-histogram.ts'

it('takes the percentile of the load, not of the time', () => {
  const histogram = createLoadHistogram(72)
  for (let step = 0; step < 99; step++) histogram.add(0, 1)
  histogram.add(0, 1000)
  expect(histogram.percentile(0.95)).toBe(5)
  expect(Math.round(histogram.loadPercentile(0.95))).toBe(1047)
  expect(histogram.samples()).toBe(100)
})

it('forgets half of a use after its half-life', () => {
  const histogram = createLoadHistogram(72)
  for (let step = 0; step < 8; step++) histogram.add(0, 400)
  for (let step = 0; step < 3; step++) histogram.add(72 * 2, 4)
  expect(histogram.percentile(0.5)).toBe(5)
  expect(histogram.percentile(0.7)).toBeGreaterThan(400)
})

it('survives years, and values below and above its buckets', () => {
  const histogram = createLoadHistogram(1)
  for (let hour = 0; hour < 20_000; hour += 100) histogram.add(hour, 100)
  expect(Math.round(histogram.percentile(0.99))).toBe(108)
  histogram.add(20_001, 1e12)
  expect(Math.round(histogram.percentile(1))).toBe(400_011)
  histogram.add(20_050, -5)
  histogram.add(20_050, Number.NaN)
  expect(histogram.percentile(0.5)).toBe(5)
  expect(createLoadHistogram(72).loadPercentile(0.99)).toBe(0)
})
