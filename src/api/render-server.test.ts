import { FOR_GOOD } from '../domain/lifetime.ts'
import { describe, expect, it } from 'vitest'
import { buildExit } from '../../test/fakes/supervision.ts'
import { buildNoHealth } from '../domain/health.ts'
import type { ServerId } from '../domain/id.ts'
import type { ServerState } from '../domain/server-state.ts'
import type { ServerView } from '../hosting/server-view.ts'
import { renderServer } from './render-server.ts'

const lastExit = buildExit({ detail: 'Exited with code 1.' })

function render(state: ServerState) {
  const view: ServerView = {
    server: {
      id: 'srv_x' as ServerId,
      name: 'weather',
      desired: 'running',
      activeVersion: null,
      uid: null,
      overrides: {},
      lastState: state,
      restarts: 0,
      lifetime: FOR_GOOD,
      watch: null,
      createdAt: 0,
      updatedAt: 0,
    },
    version: null,
    config: null,
    state,
    restarts: 2,
    failedVersion: null,
    observation: { at: 9_000, isStale: false, differences: [] },
    facts: null,
    usage: null,
    breaker: null,
    health: buildNoHealth(0),
    processes: [],
    egress: [],
    disk: null,
    droppedLines: { stdout: 0, stderr: 2, platform: 0 },
    secrets: { stored: [], isPending: false },
  }
  const { status, health, reason, started_at, uptime_seconds, attempt, next_try_at } = renderServer(
    view,
    'http://h',
    10_000,
  )
  return { status, health, reason, started_at, uptime_seconds, attempt, next_try_at }
}

const nothing = { health: 'unknown', started_at: null, uptime_seconds: null, next_try_at: null }

describe('renderServer', () => {
  it('D25: counts the uptime of a running server only', () => {
    expect(render({ kind: 'running', attempt: 1, since: 4_000, health: 'healthy', lastExit })).toEqual({
      status: 'running',
      health: 'healthy',
      reason: null,
      started_at: '1970-01-01T00:00:04.000Z',
      uptime_seconds: 6,
      attempt: 1,
      next_try_at: null,
    })
    expect(render({ kind: 'stopped', lastExit })).toEqual({
      ...nothing,
      status: 'stopped',
      reason: 'Exited with code 1.',
      attempt: 0,
    })
  })

  it('never shows a negative uptime when the clock was set back', () => {
    const { uptime_seconds } = render({
      kind: 'running',
      attempt: 1,
      since: 99_000,
      health: 'unknown',
      lastExit: null,
    })
    expect(uptime_seconds).toBe(0)
  })

  it.each<[ServerState, object]>([
    [
      { kind: 'stopped', lastExit: null },
      { status: 'stopped', reason: null, attempt: 0 },
    ],
    [
      { kind: 'starting', attempt: 2, since: 1, deadline: 2, lastExit },
      { status: 'starting', reason: 'Exited with code 1.', attempt: 2 },
    ],
    [
      {
        kind: 'stopping',
        attempt: 1,
        since: 1,
        cause: 'health',
        detail: 'It stopped answering.',
        next: 'decide',
        lastExit,
      },
      { status: 'stopping', reason: 'It stopped answering.', attempt: 1 },
    ],
    [
      { kind: 'backoff', attempt: 3, nextTry: 60_000, lastExit },
      {
        status: 'backoff',
        reason: 'Exited with code 1.',
        attempt: 3,
        next_try_at: '1970-01-01T00:01:00.000Z',
      },
    ],
    [
      { kind: 'failed', attempt: 5, reason: 'Gave up after 5 tries.', lastExit },
      { status: 'failed', reason: 'Gave up after 5 tries.', attempt: 5 },
    ],
  ])('says what is true in %j', (state, expected) => {
    expect(render(state)).toEqual({ ...nothing, ...expected })
  })
})
