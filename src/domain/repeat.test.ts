import { expect, it } from 'vitest'
import { createMovableClock } from '../../test/fakes/clock.ts'
import { startRepeating } from './repeat.ts'

it('runs one at a time, each after the one before, until it is cancelled', async () => {
  const clock = createMovableClock()
  const begun: number[] = []
  let end = () => {}
  const cancel = startRepeating(clock, 10, () => {
    begun.push(clock.monotonic())
    return new Promise<void>((resolve) => (end = resolve))
  })
  await clock.advance(50)
  expect(begun).toEqual([10])
  end()
  await clock.advance(10)
  expect(begun).toEqual([10, 60])
  end()
  cancel()
  await clock.advance(100)
  expect(begun).toEqual([10, 60])
})

it('ends when its own task cancels it', async () => {
  const clock = createMovableClock()
  let runs = 0
  const cancel = startRepeating(clock, 10, () => {
    runs++
    cancel()
  })
  await clock.advance(100)
  expect(runs).toBe(1)
})
