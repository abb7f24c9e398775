import { describe, expect, it } from 'vitest'
import { decideRestart } from './restart-policy.ts'

const POLICY = { autoRestart: true, maxRestarts: 5, restartDelaySeconds: 5 }
const CRASH = { ranMs: 0, final: false }

describe('decideRestart', () => {
  it.each([
    [0, 5000],
    [1, 10_000],
    [2, 20_000],
    [3, 40_000],
    [4, 60_000],
  ])('after %i restarts waits %i ms in the middle of the jitter', (attempt, delayMs) => {
    expect(decideRestart(attempt, POLICY, CRASH, 0.5)).toEqual({
      kind: 'retry',
      attempt: attempt + 1,
      delayMs,
    })
  })

  it('spreads by a fifth either way', () => {
    expect(decideRestart(0, POLICY, CRASH, 0)).toMatchObject({ delayMs: 4000 })
    expect(decideRestart(0, POLICY, CRASH, 0.999_999)).toMatchObject({ delayMs: 6000 })
  })

  it('never shortens a delay that was set longer than the cap', () => {
    const patient = { ...POLICY, restartDelaySeconds: 300 }
    expect(decideRestart(0, patient, CRASH, 0.5)).toMatchObject({ delayMs: 300_000 })
    expect(decideRestart(3, patient, CRASH, 0.5)).toMatchObject({ delayMs: 300_000 })
  })

  it('gives up when the budget is spent', () => {
    expect(decideRestart(5, POLICY, CRASH, 0.5)).toEqual({
      kind: 'give_up',
      attempt: 5,
      reason: 'Gave up after 5 restarts',
    })
  })

  it('forgives after a minute, not a moment sooner', () => {
    expect(decideRestart(5, POLICY, { ranMs: 59_999, final: false }, 0.5)).toMatchObject({ kind: 'give_up' })
    expect(decideRestart(5, POLICY, { ranMs: 60_000, final: false }, 0.5)).toEqual({
      kind: 'retry',
      attempt: 1,
      delayMs: 5000,
    })
  })

  it('gives up at once with auto_restart off, or where a restart cannot help', () => {
    expect(decideRestart(0, { ...POLICY, autoRestart: false }, CRASH, 0.5)).toMatchObject({ kind: 'give_up' })
    expect(decideRestart(0, POLICY, { ranMs: 0, final: true }, 0.5)).toMatchObject({ kind: 'give_up' })
  })
})
