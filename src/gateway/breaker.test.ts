import { expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import type { BreakerView } from '../domain/breaker.ts'
import { AppError } from '../domain/error.ts'
import { createBreaker } from './breaker.ts'
import type { Call } from './call-queue.ts'

const TIMEOUT = { kind: 'failed', error: new AppError('call_timeout', 'Late.') } as const
const BUSY = { kind: 'failed', error: new AppError('busy', 'Full.') } as const

function setUp(breakerFailures = 3) {
  const clock = createFakeClock()
  const seen: (BreakerView['state'] | 'closed')[] = []
  const place = { instance: 'ins_a' as string | null }
  const breaker = createBreaker({
    clock,
    config: { breakerFailures, breakerMs: 10_000 },
    findInstance: () => place.instance,
    onChange: (view) => seen.push(view?.state ?? 'closed'),
  })
  const call = (principalId = 'p'): Call => ({
    request: { method: 'tools/call', params: {}, principalId, protocolVersion: '', onDone: () => {} },
    params: {},
    traceId: null,
    spans: null,
    startedAt: clock.monotonic(),
    ceiling: 0,
    timeoutMs: 0,
    deadline: 0,
    sentAt: 0,
    answeredAt: 0,
    upstream: null,
    state: 'in_flight',
    shift: null,
  })
  /** Sent, and never answered. */
  const late = (principalId?: string) => {
    const one = call(principalId)
    clock.advance(100)
    breaker.noteEnd(one, TIMEOUT, true)
  }
  return { breaker, clock, seen, place, call, late }
}

it('opens after so many timeouts in a row, for who made them, and says when to come again', () => {
  const { breaker, seen, call, late } = setUp()
  late()
  late()
  expect(breaker.admit(call())).toBeNull()
  late()
  expect(seen).toEqual(['open'])
  expect(breaker.admit(call())).toMatchObject({
    code: 'server_unresponsive',
    details: { retry_after_seconds: 10 },
  })
  expect(breaker.admit(call('other'))).toBeNull()
  late('other')
  expect(breaker.admit(call('third'))).not.toBeNull()
})

it('is closed by any sign of life, and counts no call that was answered beside or never went there', () => {
  const { breaker, clock, seen, call, late } = setUp()
  late()
  late()
  breaker.noteLife()
  late()
  late()
  const overtaken = call()
  clock.advance(1)
  breaker.noteLife()
  breaker.noteEnd(overtaken, TIMEOUT, true)
  for (const outcome of [BUSY, { kind: 'error', error: { code: 1, message: '' } } as const, null]) {
    for (let n = 0; n < 5; n++) breaker.noteEnd(call(), outcome, true)
  }
  for (let n = 0; n < 5; n++) breaker.noteEnd(call(), TIMEOUT, false)
  expect(seen).toEqual([])
})

it('lets one call try when the time is up; its end decides', () => {
  const { breaker, clock, seen, call, late } = setUp()
  for (let n = 0; n < 3; n++) late()
  clock.advance(10_000)
  expect(breaker.view).toMatchObject({ state: 'half_open', failures: 3 })
  const first = call()
  expect(breaker.admit(first)).toBeNull()
  expect(breaker.admit(call())).not.toBeNull()
  clock.advance(100)
  breaker.noteEnd(first, TIMEOUT, true)
  expect(breaker.admit(call())).not.toBeNull()
  clock.advance(10_000)
  const second = call()
  expect(breaker.admit(second)).toBeNull()
  breaker.noteEnd(second, null, true)
  const third = call()
  expect(breaker.admit(third)).toBeNull()
  clock.advance(1)
  breaker.noteLife()
  expect(breaker.view).toBeNull()
  expect(breaker.admit(call())).toBeNull()
  expect(seen).toEqual(['open', 'closed'])
})

it('counts losses and starts that were waited for, for everybody, and tries another process at once', async () => {
  const { breaker, clock, place, call } = setUp()
  breaker.noteFailure()
  const vain = (milliseconds: number) =>
    breaker.watch(() => {
      clock.advance(milliseconds)
      return Promise.reject(new AppError('server_not_running', 'It did not come up.'))
    })
  await expect(vain(10)).rejects.toThrow('come up')
  await expect(vain(5000)).rejects.toThrow('come up')
  expect(breaker.view).toBeNull()
  await expect(vain(5000)).rejects.toThrow('come up')
  await expect(breaker.guard(() => Promise.resolve(1))).rejects.toMatchObject({ code: 'server_unresponsive' })
  expect(breaker.admit(call('whoever'))).not.toBeNull()
  place.instance = 'ins_b'
  await expect(breaker.guard(() => Promise.resolve(1))).resolves.toBe(1)
  expect(breaker.admit(call('whoever'))).toBeNull()
})

it('counts one start once, however many wait for it', async () => {
  const { breaker, clock } = setUp()
  const start = Promise.reject(new AppError('server_not_running', 'It did not come up.'))
  const waits = [1, 2, 3, 4].map(() => breaker.watch(() => start))
  clock.advance(5000)
  await Promise.allSettled(waits)
  expect(breaker.view).toBeNull()
})

it('never opens where that is turned off', () => {
  const { seen, late } = setUp(0)
  for (let n = 0; n < 50; n++) late()
  expect(seen).toEqual([])
})
