import { describe, expect, it } from 'vitest'
import { buildId } from '../../../domain/id.ts'
import type { Exit } from '../../../domain/server-state.ts'
import { decideReconcile, type Memory } from './decide-reconcile.ts'
import type { Observed, ObservedProcess, ObservedRow, Wish } from './find-differences.ts'

const serverId = buildId('srv', 0, Buffer.alloc(16, 1))
const versionId = buildId('ver', 0, Buffer.alloc(16, 1))
const instanceId = buildId('ins', 0, Buffer.alloc(16, 1))
const exit: Exit = {
  cause: 'exited',
  class: null,
  fingerprint: null,
  code: 1,
  signal: null,
  detail: '',
  hint: null,
  stderrTail: '',
  at: 0,
}
const running = { kind: 'running', attempt: 0, since: 0, health: 'healthy', lastExit: null } as const
const main: ObservedProcess = {
  serverId,
  server: 'alpha',
  isMain: true,
  standing: 'serving',
  isOverdue: false,
  state: running,
  waits: false,
  startTimeoutMs: 30_000,
  versionId,
  instanceId,
}
const row: ObservedRow = { instanceId, serverId, pid: 7, isHeld: true, isAlive: true }
const wish: Wish = { serverId, server: 'alpha', desired: 'running', activeVersion: versionId }
const fine: Observed = {
  processes: [main],
  rows: [row],
  strays: [],
  queued: new Set(),
  switching: new Set(),
}
const stopped = { kind: 'stopped', lastExit: null } as const

/** Looks each second for so long; what was shown and done at which second. */
function watch(seconds: number, observed: Observed, wishes: readonly Wish[] = [wish]) {
  let memory: Memory = new Map()
  const shown: Record<number, readonly string[]> = {}
  const done: Record<number, readonly string[]> = {}
  for (let second = 0; second <= seconds; second++) {
    const time = { now: second * 1000, monotonic: second * 1000 }
    const decided = decideReconcile(wishes, observed, memory, time)
    memory = decided.memory
    if (decided.shown.length > 0) shown[second] = decided.shown.map(({ kind }) => kind)
    if (decided.actions.length > 0) done[second] = decided.actions.map(({ action }) => action.do)
  }
  return { shown, done }
}

describe('desired against observed', () => {
  it('I5: what runs as it should differs in nothing', () => {
    expect(watch(60, fine)).toEqual({ shown: {}, done: {} })
  })

  it('I5: shows one that is stopped and should run after a second, and starts it after two', () => {
    const observed = { ...fine, processes: [{ ...main, state: stopped, instanceId: null }], rows: [] }
    const { shown, done } = watch(2, observed)
    expect(shown).toEqual({ 1: ['should_run'], 2: ['should_run'] })
    expect(done).toEqual({ 2: ['start'] })
  })

  it('tries again after ten seconds, not each second', () => {
    const observed = { ...fine, processes: [{ ...main, state: stopped, instanceId: null }], rows: [] }
    expect(watch(22, observed).done).toEqual({ 2: ['start'], 12: ['start'], 22: ['start'] })
  })

  it.each([
    ['rests', { processes: [{ ...main, state: { ...stopped, idle: true as const }, instanceId: null }] }],
    ['waits for a place', { processes: [{ ...main, state: stopped }], queued: new Set([serverId]) }],
    ['is being switched', { processes: [{ ...main, state: stopped }], switching: new Set(['alpha']) }],
    [
      'has failed',
      {
        processes: [{ ...main, state: { kind: 'failed' as const, attempt: 5, reason: '', lastExit: exit } }],
      },
    ],
  ])('leaves one alone that %s', (_, changes) => {
    expect(watch(30, { ...fine, ...changes })).toEqual({ shown: {}, done: {} })
  })

  it('I6: stops one that runs and should not', () => {
    const { done } = watch(2, fine, [{ ...wish, desired: 'stopped' }])
    expect(done).toEqual({ 2: ['stop'] })
  })

  it('I5: a backoff without a scheduled try is a lost wake; one with it is none', () => {
    const state = { kind: 'backoff', attempt: 1, nextTry: 0, lastExit: exit } as const
    const waiting = { ...main, state, instanceId: null }
    expect(watch(2, { ...fine, rows: [], processes: [waiting] }).done).toEqual({ 2: ['wake'] })
    expect(watch(30, { ...fine, rows: [], processes: [{ ...waiting, waits: true }] }).done).toEqual({})
  })

  it('shows a process that is gone at once, and ends its run when nothing else did', () => {
    const { shown, done } = watch(10, { ...fine, rows: [{ ...row, isAlive: false }] })
    expect(shown[1]).toEqual(['process_gone'])
    expect(done).toEqual({ 10: ['lose'] })
  })

  it('I4: ends what a row names and nobody holds', () => {
    const stray = { ...row, instanceId: buildId('ins', 0, Buffer.alloc(16, 2)), isHeld: false }
    expect(watch(2, { ...fine, rows: [row, stray] }).done).toEqual({ 2: ['reap'] })
  })

  it('I4: leaves a row to its process that is not held any more and still ends', () => {
    expect(watch(20, { ...fine, rows: [{ ...row, isHeld: false }] }).done).toEqual({})
  })

  it('I4: sweeps what no row names, but not before something being made had time to get one', () => {
    const { shown, done } = watch(6, { ...fine, strays: ['0a-i-x'] })
    expect(shown[1]).toEqual(['stray'])
    expect(done).toEqual({ 5: ['sweep'] })
  })

  it('forgets a difference that went away: its time begins anew', () => {
    const time = (second: number) => ({ now: second * 1000, monotonic: second * 1000 })
    const strays = { ...fine, strays: ['0a-i-x'] }
    const first = decideReconcile([wish], strays, new Map(), time(0))
    const second = decideReconcile([wish], fine, first.memory, time(1))
    const third = decideReconcile([wish], strays, second.memory, time(5))
    expect(third.actions).toEqual([])
    expect(third.memory.get('stray 0a-i-x')?.since).toBe(5000)
  })

  it('takes up what nobody supervises, and forgets what there is no record of', () => {
    expect(watch(5, { ...fine, processes: [], rows: [] }).done).toEqual({ 5: ['track'] })
    expect(watch(5, fine, []).done).toEqual({ 5: ['forget'] })
  })

  describe('a version beside the one that serves', () => {
    const other = buildId('ins', 0, Buffer.alloc(16, 2))
    const tried = {
      ...main,
      standing: 'tried' as const,
      instanceId: other,
      versionId: buildId('ver', 0, Buffer.alloc(16, 2)),
    }
    const leaving = { ...tried, standing: 'leaving' as const }
    const beside = (process: ObservedProcess, isAlive = true) => ({
      ...fine,
      processes: [main, process],
      rows: [row, { ...row, instanceId: other, isAlive }],
    })

    it('I5, I6: differs in nothing while it is tried or finishes what it was asked', () => {
      expect(watch(60, beside(tried))).toEqual({ shown: {}, done: {} })
      expect(watch(60, beside(leaving))).toEqual({ shown: {}, done: {} })
      expect(watch(60, beside({ ...tried, state: stopped }))).toEqual({ shown: {}, done: {} })
    })

    it.each([tried, leaving])('I4: that is gone and was not seen to end is ended', (process) => {
      const { shown, done } = watch(10, beside(process, false))
      expect(shown[1]).toEqual(['process_gone'])
      expect(done).toEqual({ 10: ['lose'] })
    })

    it('I3: that runs on when its time is over is told to end, and by force when that does not help', () => {
      const overdue = { ...leaving, isOverdue: true }
      expect(watch(5, beside(overdue)).done).toEqual({ 5: ['end'] })
      const state = {
        kind: 'stopping',
        attempt: 0,
        since: 0,
        cause: 'asked',
        detail: '',
        next: 'stop',
      } as const
      const stopping = { ...overdue, state: { ...state, lastExit: null } }
      expect(watch(20, beside(stopping)).done).toEqual({ 20: ['lose'] })
    })

    it('I5: whose start or next try was lost is given up, or tried', () => {
      const starting = { kind: 'starting', attempt: 0, since: 0, deadline: 30_000, lastExit: null } as const
      expect(watch(50, beside({ ...tried, state: starting })).done).toEqual({ 50: ['give_up_start'] })
      const backoff = { kind: 'backoff', attempt: 1, nextTry: 0, lastExit: exit } as const
      const waiting = { ...tried, state: backoff, instanceId: null }
      expect(watch(2, { ...fine, processes: [main, waiting] }).done).toEqual({ 2: ['wake'] })
    })
  })

  it('only shows that another version runs than the active one', () => {
    const other = buildId('ver', 0, Buffer.alloc(16, 2))
    const { shown, done } = watch(30, fine, [{ ...wish, activeVersion: other }])
    expect(shown[1]).toEqual(['other_version'])
    expect(done).toEqual({})
  })

  it('I5: gives up a start that takes longer than its deadline and the ladder after it', () => {
    const state = { kind: 'starting', attempt: 0, since: 0, deadline: 30_000, lastExit: null } as const
    const { shown, done } = watch(50, { ...fine, processes: [{ ...main, state }] })
    expect(Object.keys(shown)).toEqual(['50'])
    expect(done).toEqual({ 50: ['give_up_start'] })
  })
})
