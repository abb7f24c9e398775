import { describe, expect, it } from 'vitest'
import { buildId } from '../../domain/id.ts'
import type { Exit, ServerState } from '../../domain/server-state.ts'
import { decideRecovery, decideStart } from './decide-recovery.ts'

const V1 = buildId('ver', 0, Buffer.alloc(16, 1))
const V2 = buildId('ver', 0, Buffer.alloc(16, 2))
const row = { versionId: V1, initializeResult: { protocolVersion: '2025-11-25' } }
const wanted = { desired: 'running', activeVersion: V1 } as const
const free = { taken: false }

describe('decideRecovery', () => {
  it('adopts what should run, in its active version, once', () => {
    expect(decideRecovery(row, free, wanted)).toEqual({ kind: 'adopt' })
  })

  it.each([
    ['its server is gone', row, free, null],
    ['its server should not run', row, free, { ...wanted, desired: 'stopped' as const }],
    ['it runs another version than the active one', row, free, { ...wanted, activeVersion: V2 }],
    ['it had not finished starting', { ...row, initializeResult: null }, free, wanted],
    ['another instance of its server runs', row, { taken: true }, wanted],
  ])('reaps when %s', (reason, found, observed, wish) => {
    expect(decideRecovery(found, observed, wish)).toEqual({ kind: 'reap', reason })
  })
})

describe('decideStart', () => {
  const lastExit: Exit = {
    cause: 'exited',
    class: 'unknown',
    fingerprint: null,
    code: 1,
    signal: null,
    detail: '',
    hint: null,
    stderrTail: '',
    at: 0,
  }
  const stopped: ServerState = { kind: 'stopped', lastExit }
  const backoff: ServerState = { kind: 'backoff', attempt: 3, nextTry: 9, lastExit }
  const failed: ServerState = { kind: 'failed', attempt: 5, reason: '', lastExit }
  const locked: ServerState = { ...failed, lastExit: { ...lastExit, refusal: 'keys_locked' } }
  const running: ServerState = { kind: 'running', attempt: 0, since: 0, health: 'healthy', lastExit }

  it.each<[string, 'running' | 'stopped', ServerState, ReturnType<typeof decideStart>]>([
    ['starts what ran', 'running', running, { kind: 'start', state: stopped }],
    ['starts what an orderly stop ended', 'running', stopped, { kind: 'start', state: stopped }],
    ['waits on in backoff', 'running', backoff, { kind: 'wait', state: backoff }],
    ['leaves failed failed', 'running', failed, { kind: 'leave', state: failed }],
    [
      'starts what only a missing key kept back',
      'running',
      locked,
      { kind: 'start', state: { kind: 'stopped', lastExit: locked.lastExit } },
    ],
    ['leaves that too when it should be stopped', 'stopped', locked, { kind: 'leave', state: locked }],
    [
      'lets one rest on that nobody used',
      'running',
      { kind: 'stopped', lastExit, idle: true },
      { kind: 'leave', state: { kind: 'stopped', lastExit, idle: true } },
    ],
    [
      'leaves one stopped that rested',
      'stopped',
      { kind: 'stopped', lastExit, idle: true },
      { kind: 'leave', state: stopped },
    ],
    ['leaves stopped stopped', 'stopped', stopped, { kind: 'leave', state: stopped }],
    ['never starts what should be stopped', 'stopped', running, { kind: 'leave', state: stopped }],
    ['ends a backoff that should be stopped', 'stopped', backoff, { kind: 'leave', state: stopped }],
  ])('%s', (_, desired, lastState, decision) => {
    expect(decideStart(desired, lastState)).toEqual(decision)
  })
})
