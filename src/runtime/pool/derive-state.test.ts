import { describe, expect, it } from 'vitest'
import type { ServerState } from '../../domain/server-state.ts'
import { deriveState, mayRunBeside } from './derive-state.ts'

const stopped: ServerState = { kind: 'stopped', lastExit: null }
const resting: ServerState = { ...stopped, idle: true }
const running: ServerState = { kind: 'running', attempt: 0, since: 5, health: 'healthy', lastExit: null }
const sick: ServerState = { ...running, since: 9, health: 'unhealthy' }
const ending: ServerState = {
  kind: 'stopping',
  attempt: 0,
  since: 7,
  cause: 'asked',
  detail: '',
  next: 'stop',
  lastExit: null,
}

describe('deriveState', () => {
  it.each<[string, ServerState, readonly ServerState[], object]>([
    ['is the main one', running, [sick, ending], running],
    ['is stopped when all are', stopped, [stopped], stopped],
    ['is stopping until the last is gone', stopped, [stopped, ending], { kind: 'stopping', next: 'stop' }],
    ['is idle when none runs', resting, [stopped, ending], resting],
    [
      'runs while one runs, since the first and as well as the worst',
      resting,
      [sick, running],
      { kind: 'running', since: 5, health: 'unhealthy' },
    ],
  ])('%s', (_, main, others, state) => {
    expect(deriveState(main, others)).toMatchObject(state)
  })
})

describe('mayRunBeside', () => {
  it.each<[ServerState, boolean]>([
    [running, true],
    [resting, true],
    [stopped, false],
    [ending, false],
    [{ ...ending, next: 'start' }, false],
    [{ ...ending, next: 'decide' }, true],
    [{ ...ending, next: 'rest' }, true],
  ])('%j: %s', (main, may) => {
    expect(mayRunBeside(main)).toBe(may)
  })
})
