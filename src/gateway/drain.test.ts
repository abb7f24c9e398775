import { expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { createDrain } from './drain.ts'

const request = { jsonrpc: '2.0', id: 1, method: 'tools/call' }

it('refuses requests once it has begun, and nothing that helps others to end', async () => {
  const drain = createDrain(createFakeClock(), () => 0)
  expect(drain.refuses(request)).toBe(false)
  await drain.begin(1000)
  expect(drain.refuses(request)).toBe(true)
  expect(drain.refuses([{ jsonrpc: '2.0', method: 'notifications/cancelled' }, request])).toBe(true)
  expect(drain.refuses({ jsonrpc: '2.0', method: 'notifications/cancelled' })).toBe(false)
  expect(drain.refuses({ jsonrpc: '2.0', id: 1, result: {} })).toBe(false)
})

it('ends as soon as nothing is under way', async () => {
  const clock = createFakeClock()
  let calls = 1
  let isOver = false
  const done = createDrain(clock, () => calls)
    .begin(10_000)
    .then(() => (isOver = true))
  clock.advance(5_000)
  await Promise.resolve()
  expect(isOver).toBe(false)
  calls = 0
  clock.advance(20)
  await done
  expect(isOver).toBe(true)
})

it('ends at its deadline with calls under way', async () => {
  const clock = createFakeClock()
  const done = createDrain(clock, () => 1).begin(50)
  for (let n = 0; n < 4; n++) {
    clock.advance(20)
    await Promise.resolve()
    await Promise.resolve()
  }
  await done
  expect(clock.monotonic()).toBeGreaterThanOrEqual(50)
})
