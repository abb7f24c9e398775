import { describe, expect, it } from 'vitest'
import { EXIT_CLASSES, waitsForChange, type ExitClass } from '../../domain/exit-class.ts'
import { decideRestart, findLongestDelay, type Ended } from './restart-policy.ts'
import { RESTART_RULES } from './restart-rules.ts'

const POLICY = { autoRestart: true, maxRestarts: 5, restartDelaySeconds: 5 }
const CRASH: Ended = { class: 'unknown', before: null, inARow: 1, ranMs: 0, final: false, isRaised: false }
const of = (kind: ExitClass, more: Partial<Ended> = {}): Ended => ({ ...CRASH, class: kind, ...more })

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
    const slow = { ...POLICY, restartDelaySeconds: 400 }
    expect(decideRestart(1, slow, of('protocol'), 1)).toMatchObject({ delayMs: 400_000 })
  })

  it('never lengthens a delay that was set shorter than that of its kind', () => {
    const eager = { ...POLICY, restartDelaySeconds: 0.1 }
    expect(decideRestart(0, eager, of('killed_externally'), 1)).toMatchObject({ delayMs: 100 })
    expect(decideRestart(0, POLICY, of('killed_externally'), 1)).toMatchObject({ delayMs: 1000 })
  })

  it('gives up when the budget is spent', () => {
    expect(decideRestart(5, POLICY, CRASH, 0.5)).toEqual({
      kind: 'give_up',
      attempt: 5,
      reason: 'Gave up after 5 restarts',
    })
  })

  it('forgives after a minute, not a moment sooner', () => {
    expect(decideRestart(5, POLICY, { ...CRASH, ranMs: 59_999 }, 0.5)).toMatchObject({ kind: 'give_up' })
    expect(decideRestart(5, POLICY, { ...CRASH, ranMs: 60_000 }, 0.5)).toEqual({
      kind: 'retry',
      attempt: 1,
      delayMs: 5000,
    })
  })

  it.each(EXIT_CLASSES)('gives up %s at once where nobody wants a restart, or it cannot help', (kind) => {
    const giveUp = { kind: 'give_up' }
    expect(decideRestart(0, { ...POLICY, autoRestart: false }, of(kind), 0.5)).toMatchObject(giveUp)
    expect(decideRestart(0, { ...POLICY, maxRestarts: 0 }, of(kind), 0.5)).toMatchObject(giveUp)
    expect(decideRestart(0, POLICY, of(kind, { final: true }), 0.5)).toMatchObject(giveUp)
  })

  it.each(EXIT_CLASSES.filter((kind) => RESTART_RULES[kind].retry === 'no'))(
    'R-70: %s is started three times in all, and then waits for a change',
    (kind) => {
      expect(decideRestart(0, POLICY, of(kind), 0.5)).toEqual({ kind: 'retry', attempt: 1, delayMs: 1000 })
      expect(decideRestart(1, POLICY, of(kind), 0.5)).toEqual({ kind: 'retry', attempt: 2, delayMs: 5000 })
      expect(decideRestart(2, POLICY, of(kind), 0.5)).toMatchObject({ kind: 'give_up', attempt: 2 })
      expect(decideRestart(1, { ...POLICY, maxRestarts: 1 }, of(kind), 0.5)).toMatchObject({
        kind: 'give_up',
      })
    },
  )

  it('waits for a change exactly where time does not help', () => {
    const kinds = EXIT_CLASSES.filter((kind) => ['no', 'raise'].includes(RESTART_RULES[kind].retry))
    expect(EXIT_CLASSES.filter(waitsForChange)).toEqual(kinds)
  })

  it('waits half of the delay for sure and the rest by chance', () => {
    const delays = (attempt: number) =>
      [0, 1].map((random) => decideRestart(attempt, POLICY, of('dependency_down'), random))
    expect(delays(0)).toMatchObject([{ delayMs: 500 }, { delayMs: 1000 }])
    expect(delays(3)).toMatchObject([{ delayMs: 4000 }, { delayMs: 8000 }])
  })

  it('never gives up what waits for somebody else, and looks every minute', () => {
    for (const attempt of [5, 50, 5000]) {
      const ended = of('dependency_down', { inARow: attempt })
      expect(decideRestart(attempt, POLICY, ended, 1)).toEqual({
        kind: 'retry',
        attempt: attempt + 1,
        delayMs: 60_000,
      })
    }
  })

  it('probes at the cap once the budget is spent, until three ended alike', () => {
    const crash = (inARow: number) => of('native_crash', { inARow })
    expect(decideRestart(4, POLICY, crash(5), 1)).toMatchObject({ delayMs: 16_000 })
    for (const attempt of [5, 6, 7])
      expect(decideRestart(attempt, POLICY, crash(attempt), 1)).toMatchObject({ delayMs: 300_000 })
    expect(decideRestart(8, POLICY, crash(9), 1)).toMatchObject({ kind: 'give_up', attempt: 8 })
    expect(decideRestart(8, POLICY, crash(2), 1)).toMatchObject({ delayMs: 300_000 })
  })

  it('forgives what is known after ten minutes, or twice the last delay', () => {
    const ran = (ranMs: number, delay = 5) =>
      decideRestart(3, { ...POLICY, restartDelaySeconds: delay }, of('protocol', { ranMs }), 1)
    expect(ran(599_999)).toMatchObject({ attempt: 4 })
    expect(ran(600_000)).toMatchObject({ attempt: 1 })
    expect(ran(600_000, 400)).toMatchObject({ attempt: 4 })
    expect(ran(800_000, 400)).toMatchObject({ attempt: 1 })
  })

  it('starts with more memory after two seconds, and without more as any crash', () => {
    const oom = (isRaised: boolean) => decideRestart(1, POLICY, of('out_of_memory', { isRaised }), 1)
    expect(oom(true)).toEqual({ kind: 'retry', attempt: 2, delayMs: 2000 })
    expect(oom(false)).toEqual({ kind: 'retry', attempt: 2, delayMs: 10_000 })
  })
})

describe('after an outage of something else, however many tries that took', () => {
  const after = { before: 'dependency_down' } as const

  it('a fault that only a change mends is still confirmed twice', () => {
    const bad = (inARow: number) =>
      of('bad_secret', { inARow, before: inARow === 1 ? 'dependency_down' : 'bad_secret' })
    expect(decideRestart(10, POLICY, bad(1), 0.5)).toEqual({ kind: 'retry', attempt: 11, delayMs: 1000 })
    expect(decideRestart(11, POLICY, bad(2), 0.5)).toEqual({ kind: 'retry', attempt: 12, delayMs: 5000 })
    expect(decideRestart(12, POLICY, bad(3), 0.5).kind).toBe('give_up')
  })

  it('what nothing is known of is tried once more, after the longest wait', () => {
    expect(decideRestart(10, POLICY, of('unknown', after), 0.5)).toMatchObject({
      kind: 'retry',
      delayMs: 60_000,
    })
    expect(decideRestart(11, POLICY, of('unknown', { before: 'unknown' }), 0.5).kind).toBe('give_up')
  })

  it('faults that take turns are given up as before', () => {
    const turn = of('missing_file', { before: 'missing_secret' })
    expect(decideRestart(2, POLICY, turn, 0.5).kind).toBe('give_up')
  })
})

it.each([
  ['unknown', 5, 60_000],
  [null, 5, 60_000],
  ['protocol', 5, 300_000],
  ['dependency_down', 5, 60_000],
  ['protocol', 900, 900_000],
] as const)('waits after %s, with a delay of %i s, at most %i ms', (ended, own, longest) => {
  expect(findLongestDelay(ended, own)).toBe(longest)
})
