/** What is done and told at a transition; where it goes is held to the table by test/server-states.test.ts. */
import { describe, expect, it } from 'vitest'
import type { Exit, ServerState } from '../../domain/server-state.ts'
import { transition, type TransitionContext } from './transition.ts'

const exit: Exit = {
  cause: 'exited',
  class: 'unknown',
  fingerprint: null,
  code: 1,
  signal: null,
  detail: 'It ended by itself with code 1.',
  hint: null,
  stderrTail: '',
  at: 900,
}
const context: TransitionContext = {
  policy: { autoRestart: true, maxRestarts: 5, restartDelaySeconds: 5, startTimeoutSeconds: 30 },
  now: 1000,
  ranMs: 0,
  random: 0.5,
  raise: null,
}
const running: ServerState = { kind: 'running', attempt: 2, since: 500, health: 'healthy', lastExit: null }

describe('transition', () => {
  it('begins a start with a clean count, kept and told before it is done', () => {
    expect(transition({ kind: 'stopped', lastExit: exit }, { kind: 'start' }, context)).toEqual({
      state: { kind: 'starting', attempt: 0, since: 1000, deadline: 31_000, lastExit: exit },
      effects: [
        { kind: 'forget_restarts' },
        { kind: 'save' },
        {
          kind: 'announce_status',
          status: 'starting',
          reason: 'Start requested.',
          cause: null,
          class: null,
          attempt: 0,
          nextTry: null,
        },
        { kind: 'spawn' },
      ],
    })
  })

  it('waits after a crash and tells until when and why', () => {
    expect(transition(running, { kind: 'exited', exit }, context)).toEqual({
      state: { kind: 'backoff', attempt: 3, nextTry: 21_000, lastExit: exit },
      effects: [
        { kind: 'save' },
        {
          kind: 'announce_status',
          status: 'backoff',
          reason: 'It ended by itself with code 1.',
          cause: 'exited',
          class: 'unknown',
          attempt: 3,
          nextTry: 21_000,
        },
        { kind: 'wake', afterMs: 20_000 },
      ],
    })
  })

  it('counts an automatic restart and keeps its attempt', () => {
    const backoff: ServerState = { kind: 'backoff', attempt: 3, nextTry: 1000, lastExit: exit }
    const { state, effects } = transition(backoff, { kind: 'due' }, context)
    expect(state).toMatchObject({ kind: 'starting', attempt: 3, lastExit: exit })
    expect(effects[0]).toEqual({ kind: 'count_restart' })
  })

  it('keeps the first cause when somebody stops what was being ended already', () => {
    const unfit = transition(running, { kind: 'unfit', cause: 'health', detail: 'silent' }, context)
    expect(unfit.effects.at(-1)).toEqual({ kind: 'stop', cause: 'health', detail: 'silent' })
    const stopped = transition(unfit.state, { kind: 'stop' }, context)
    expect(stopped.state).toMatchObject({ kind: 'stopping', cause: 'health' })
    expect(stopped.state).toHaveProperty('next', 'stop')
    expect(stopped.effects).toEqual([{ kind: 'save' }])
    const health: Exit = { ...exit, cause: 'health' }
    expect(transition(stopped.state, { kind: 'exited', exit: health }, context).state).toEqual({
      kind: 'stopped',
      lastExit: health,
    })
  })

  it('tells health once a change', () => {
    const sick = transition(running, { kind: 'health', health: 'unhealthy' }, context)
    expect(sick).toEqual({
      state: { ...running, health: 'unhealthy' },
      effects: [{ kind: 'announce_health' }],
    })
    expect(transition(sick.state, { kind: 'health', health: 'unhealthy' }, context)).toEqual({
      state: sick.state,
      effects: [],
    })
  })
})
