import { expect, it } from 'vitest'
import type { ServerId } from '../../domain/id.ts'
import { createPlatformMetrics } from '../../domain/metric-list.ts'
import { buildMainKey } from '../../domain/process-key.ts'
import type { ProcessView } from '../../domain/process-view.ts'
import type { ServerState } from '../../domain/server-state.ts'
import { createServerMeter, type SeenServer } from './server-meter.ts'

const running = (health: 'healthy' | 'unhealthy'): ServerState => ({
  kind: 'running',
  attempt: 0,
  since: 5_000,
  health,
  lastExit: null,
})
const process = (pid: number, cpuSeconds: number): ProcessView =>
  ({
    key: buildMainKey('legacy'),
    isMain: true,
    state: running('healthy'),
    facts: { pid, limits: { memoryMb: 2 } },
    usage: { memoryBytes: 100, processes: 3, cpuSeconds },
    inFlight: 0,
  }) as unknown as ProcessView

const seen = (name: string, state: ServerState, ...processes: readonly ProcessView[]): SeenServer => ({
  serverId: `srv_${name}` as ServerId,
  name,
  state,
  processes,
})

it('shows what is, and nothing of what was', () => {
  const metrics = createPlatformMetrics()
  const look = createServerMeter(metrics)
  const show = (key: 'servers' | 'serverUp' | 'serverMemory' | 'serverMemoryLimit' | 'serverStartTime') =>
    [...metrics[key].list()].map(({ labels, value }) => `${labels.join(' ')} ${value}`)
  look([
    seen('a', running('healthy'), process(1, 1), process(2, 1)),
    seen('b', running('unhealthy')),
    seen('c', { kind: 'stopped', lastExit: null }),
    seen('d', { kind: 'stopped', lastExit: null, idle: true }),
  ])
  expect(show('serverUp')).toEqual(['a 1', 'b 0', 'd 1'])
  expect(show('servers')).toEqual([
    'stopped 2',
    'starting 0',
    'running 2',
    'stopping 0',
    'backoff 0',
    'failed 0',
  ])
  expect(show('serverMemory')).toEqual(['a 200'])
  expect(show('serverMemoryLimit')).toEqual(['a 4194304'])
  expect(show('serverStartTime')).toEqual(['a 5', 'b 5'])
  look([seen('a', { kind: 'stopped', lastExit: null })])
  expect([show('serverUp'), show('serverMemory'), show('serverStartTime')]).toEqual([[], [], []])
})

it('I11: CPU time never falls, whatever processes come and go', () => {
  const metrics = createPlatformMetrics()
  const look = createServerMeter(metrics)
  const totals = [
    [process(1, 2)],
    [process(1, 5), process(2, 1)],
    [process(2, 3)],
    // A new process under a number that was there before.
    [],
    [process(2, 0.5)],
  ].map((processes) => {
    look([seen('a', running('healthy'), ...processes)])
    return [...metrics.serverCpu.list()][0]?.value
  })
  expect(totals).toEqual([2, 6, 8, 8, 8.5])
})
