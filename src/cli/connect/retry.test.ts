import { expect, it } from 'vitest'
import type { Clock } from '../../domain/clock.ts'
import type { Ending } from './endpoint.ts'
import { createRetry } from './retry.ts'

/** Waits pass at once, and are counted. */
function createClock(): Clock & { readonly waits: number[] } {
  const waits: number[] = []
  let now = 0
  return {
    waits,
    now: () => now,
    monotonic: () => now,
    after(milliseconds, task) {
      waits.push(milliseconds)
      now += milliseconds
      queueMicrotask(task)
      return () => {}
    },
  }
}

const call = { jsonrpc: '2.0', id: 1, method: 'tools/call' }
const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
const error = { code: -32603, message: 'no' }
const broken: Ending = { kind: 'broken', reason: 'ECONNRESET', eventId: null }
const unreachable: Ending = { kind: 'unreachable', reason: 'ECONNREFUSED' }
const refused = (status: number): Ending => ({ kind: 'refused', status, error })

async function countTries(ending: Ending, message: typeof call): Promise<number> {
  let tries = 0
  const send = async () => {
    tries++
    return tries < 4 ? ending : refused(400)
  }
  await createRetry(createClock(), new AbortController().signal, () => {}).until(() => false, send, message)
  return tries
}

it('sends a call again only where it cannot have been carried out', async () => {
  expect(await countTries(unreachable, call)).toBe(4)
  expect(await countTries(refused(503), call)).toBe(4)
  for (const ending of [broken, refused(502), refused(504), refused(404), refused(401)]) {
    expect(await countTries(ending, call)).toBe(1)
  }
  for (const ending of [broken, refused(502), refused(504)]) expect(await countTries(ending, list)).toBe(4)
  expect(await countTries(refused(401), list)).toBe(1)
})

it('gives up after half a minute, waiting longer each time', async () => {
  const clock = createClock()
  const retry = createRetry(clock, new AbortController().signal, () => {})
  expect(
    await retry.until(
      () => false,
      async () => unreachable,
      call,
    ),
  ).toBe(unreachable)
  expect(clock.waits.slice(0, 4)).toEqual([200, 400, 800, 1600])
  expect(Math.max(...clock.waits)).toBe(3000)
  expect(clock.now()).toBeGreaterThan(30_000)
  expect(clock.now()).toBeLessThan(35_000)
})

it('waits no more once the bridge closes', async () => {
  const over = new AbortController()
  const clock: Clock = { now: () => 0, monotonic: () => 0, after: () => () => {} }
  const waiting = createRetry(clock, over.signal, () => {}).pause(1)
  over.abort()
  expect(await waiting).toBe(false)
})
