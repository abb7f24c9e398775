import { expect, it } from 'vitest'
import type { PlatformEvent } from '../../domain/event.ts'
import type { OperationId, ServerId } from '../../domain/id.ts'
import { createPlatformMetrics, type MetricKey } from '../../domain/metric-list.ts'
import type { ExitCause, ServerStatus } from '../../domain/server-state.ts'
import { createEventMeter } from './event-meter.ts'

const ref = { serverId: 'srv_a' as ServerId, server: 'a' }
const status = (word: ServerStatus, cause: ExitCause | null = null, attempt = 0): PlatformEvent => ({
  type: 'server.status',
  ...ref,
  status: word,
  reason: '',
  cause,
  class: null,
  attempt,
  nextTry: null,
})

/** Each event a second after the one before. */
function count(key: MetricKey, ...events: readonly PlatformEvent[]): string[] {
  const metrics = createPlatformMetrics()
  const take = createEventMeter(metrics)
  for (const [at, event] of events.entries()) take({ id: at, time: at * 1000, actor: 'platform', event })
  return [...metrics[key].list()].map(({ labels, value }) => `${labels.join(' ')} ${value}`)
}

it('counts each end of a process once, by its first cause', () => {
  const crash = [status('starting'), status('running'), status('backoff', 'exited', 1)]
  expect(
    count('serverExits', ...crash, status('starting', null, 1), status('failed', 'init_failed', 1)),
  ).toEqual(['a exited 1', 'a init_failed 1'])
  const restart = [status('running'), status('stopping', 'asked'), status('starting'), status('running')]
  expect(count('serverExits', ...restart)).toEqual(['a asked 1'])
  const unfit = [
    status('running'),
    status('stopping', 'health'),
    status('backoff', 'health', 1),
    status('stopped', 'health'),
  ]
  expect(count('serverExits', ...unfit)).toEqual(['a health 1'])
  expect(
    count('serverExits', { type: 'server.adopted', ...ref, pid: 1 }, status('backoff', 'signalled', 1)),
  ).toEqual(['a signalled 1'])
})

it('counts restarts that the platform made by itself', () => {
  const again = [status('starting', null, 1), status('running', null, 1), status('backoff', 'exited', 2)]
  expect(count('serverRestarts', ...again, status('starting', null, 2), status('starting'))).toEqual(['a 2'])
  expect(count('serverRestarts', status('backoff', 'exited', 1), status('starting'))).toEqual([])
})

it('measures stages and counts deployments', () => {
  const stage = (word: 'running' | 'succeeded' | 'skipped', name: 'scan' | 'start'): PlatformEvent => ({
    type: 'deploy.stage',
    operationId: 'op_1' as OperationId,
    server: 'a',
    stage: name,
    status: word,
    note: null,
  })
  const ended: PlatformEvent = {
    type: 'deploy.ended',
    operationId: 'op_1' as OperationId,
    server: 'a',
    status: 'rejected',
    code: 'scan_blocked' as string,
  }
  const all = [stage('running', 'scan'), stage('succeeded', 'scan'), stage('skipped', 'start'), ended]
  expect(count('deployStage', ...all)).toEqual(['scan 1'])
  expect(count('deploys', ...all)).toEqual(['rejected 1'])
})

it('keeps nothing of a deleted server', () => {
  expect(
    count('serverExits', status('running'), status('failed', 'exited', 1), {
      type: 'server.deleted',
      ...ref,
    }),
  ).toEqual([])
})
