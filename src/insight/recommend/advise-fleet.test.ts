import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../domain/server.ts'
import type { Proposal, Resource } from '../../domain/recommendation.ts'
import { adviseFleet } from './advise-fleet.ts'
import type { ProfileDay } from './build-history.ts'
import { DAY_MS, type HostFacts, type ServerFacts } from './server-facts.ts'

/** 2026-11-15, noon. */
const TODAY = 20_772
const NOW = (TODAY + 0.5) * DAY_MS
const MIB = 2 ** 20
const HOST: HostFacts = {
  now: NOW,
  tier: 'balanced',
  capMib: 4096,
  millicores: 4000,
  cpuPressure: 0,
  callTimeout: { usual: 60, most: 600 },
}

const profile = (age: number, changes: Partial<ProfileDay> = {}): ProfileDay => ({
  id: `profile:${TODAY - age}`,
  day: TODAY - age,
  steps: 8640,
  full: age > 0,
  memoryPeak: 80 * MIB,
  memoryFloor: 60 * MIB,
  startupPeak: null,
  cpu: [[10, 1440]],
  windows: 288,
  throttledWindows: 0,
  processesMax: 12,
  calls: 1000,
  ...changes,
})
const days = (count: number, changes: (age: number) => Partial<ProfileDay> = () => ({})) =>
  Array.from({ length: count }, (_, index) => profile(count - index, changes(count - index)))

const server = (changes: Partial<ServerFacts> = {}): ServerFacts => ({
  name: 'weather',
  config: {
    limits: DEFAULT_LIMITS,
    idleStopSeconds: 0,
    instances: 'shared',
    callTimeoutSeconds: 0,
    startTimeoutSeconds: 30,
    autoRestart: true,
  },
  profiles: days(14),
  kills: [],
  hours: [],
  calls: { all: 0, timeouts: 0, refused: 0 },
  lastExit: null,
  isDown: false,
  growing: null,
  ...changes,
})

function find(facts: ServerFacts, resource: Resource, host: HostFacts = HOST): Proposal | undefined {
  return adviseFleet([facts], host)[0]?.proposals.find((proposal) => proposal.resource === resource)
}
function why(facts: ServerFacts, resource: Resource, host: HostFacts = HOST): string | undefined {
  return adviseFleet([facts], host)[0]?.skipped.find((skip) => skip.resource === resource)?.why
}

describe('memory', () => {
  it('L-8: an oversized limit goes down, by the formula, with its days as evidence', () => {
    expect(find(server(), 'memory_mb')).toMatchObject({
      direction: 'lower',
      current: 512,
      proposed: 136,
      mayApply: true,
      formula: '80·1.10 + 0.5·sqrt(80·100), rounded up to 8',
      backtest: { days: 14, exceeded: 0, unusedBefore: 0.84, unusedAfter: 0.41 },
      risk: { expectedOomDaysPer100: 0.53, source: 'generated traces of the replay, seeds 101 to 104' },
    })
  })

  it('what was killed at its limit asks for more without any history', () => {
    const killed = server({
      profiles: [profile(0)],
      kills: [{ at: NOW - 60_000, memoryMb: 512 }],
    })
    expect(find(killed, 'memory_mb')).toMatchObject({ direction: 'raise', proposed: 640, mayApply: true })
  })

  it('a limit is not raised to follow what grows', () => {
    const growing = server({
      profiles: [profile(0)],
      kills: [{ at: NOW - 60_000, memoryMb: 512 }],
      growing: { mibPerHour: 5.12 },
    })
    expect(find(growing, 'memory_mb')).toBeUndefined()
    expect(why(growing, 'memory_mb')).toBe('its memory grows 5.1 MiB/h: a limit is not raised to follow that')
  })

  it('performance learning: the fleet says how large a server is, and how often the rule was wrong for it', () => {
    const fleet = Array.from({ length: 12 }, (_, index) =>
      server({ name: `server-${index}`, profiles: days(14, () => ({ memoryPeak: 250 * MIB })) }),
    )
    const [first] = adviseFleet(fleet, HOST)
    expect(first?.proposals[0]).toMatchObject({
      formula: '250·1.10 + 0.5·sqrt(250·250), rounded up to 8',
      proposed: 400,
      risk: { expectedOomDaysPer100: 0, source: 'fleet backtest n=12 servers, 132 days' },
    })
    const jumping = fleet.map((facts) => ({
      ...facts,
      profiles: days(14, (age) => ({ memoryPeak: (age === 1 ? 900 : 250) * MIB })),
    }))
    expect(adviseFleet(jumping, HOST)[0]?.proposals[0]?.risk).toEqual({
      expectedOomDaysPer100: 9.09,
      source: 'fleet backtest n=12 servers, 132 days',
    })
  })
})

describe('CPU', () => {
  it('more where the quota held it back, half as much again', () => {
    const held = server({ profiles: days(5, () => ({ throttledWindows: 40 })) })
    expect(find(held, 'cpu_percent')).toMatchObject({
      direction: 'raise',
      current: 100,
      proposed: 150,
      backtest: null,
      mayApply: true,
      because: [{ text: 'held back in 40 of 288 windows of five minutes since 2026-11-14' }, {}],
    })
  })

  it('less only where others wait for the CPU', () => {
    expect(why(server(), 'cpu_percent')).toBe('nobody waits for the CPU, so a lower quota would help nobody')
    expect(why(server(), 'cpu_percent', { ...HOST, cpuPressure: null })).toMatch(/as far as is known$/)
    expect(find(server(), 'cpu_percent', { ...HOST, cpuPressure: 35 })).toMatchObject({
      direction: 'lower',
      proposed: 10,
      backtest: { days: 14, exceeded: 0 },
    })
  })
})

describe('processes', () => {
  it('twice the most that was seen and sixteen, at least 32', () => {
    expect(find(server(), 'max_processes')).toMatchObject({ direction: 'lower', current: 128, proposed: 40 })
    const many = server({ profiles: days(14, () => ({ processesMax: 100 })) })
    expect(find(many, 'max_processes')).toMatchObject({ direction: 'raise', proposed: 216 })
    expect(why(server({ profiles: days(2) }), 'max_processes')).toBe('2 of 3 full days of history')
  })
})

describe('idle stop', () => {
  const hours = (callsOf: (hour: number) => number) =>
    Array.from({ length: 168 }, (_, hour) => ({
      at: (TODAY - 7) * DAY_MS + hour * 3_600_000,
      calls: callsOf(hour),
    }))

  it('for a server that nobody calls in four of five hours, with who would have waited', () => {
    const quiet = server({ hours: hours((hour) => (hour % 24 === 9 ? 5 : 0)) })
    expect(find(quiet, 'idle_stop_seconds')).toMatchObject({
      proposed: 900,
      because: [
        { text: 'no call in 161 of 168 hours since 2026-11-08' },
        { text: '7 calls would have waited for a start on 7 of 7 days' },
        { text: 'it holds at least 60 MiB while nobody calls' },
      ],
      backtest: { days: 7, exceeded: 7, unusedBefore: 0.96 },
      mayApply: false,
    })
  })

  it('not for one that is used, nor on too few hours', () => {
    expect(find(server({ hours: hours(() => 1) }), 'idle_stop_seconds')).toBeUndefined()
    expect(why(server(), 'idle_stop_seconds')).toBe('0 of 168 hours in which its calls were counted')
  })
})

describe('deadlines, pools, restarts', () => {
  it('each rule needs its evidence, says it, and is left to a person', () => {
    const busy = { all: 1000, timeouts: 40, refused: 30 }
    const { config } = server()
    expect(find(server({ calls: busy }), 'call_timeout_seconds')).toMatchObject({
      current: 60,
      proposed: 120,
      mayApply: false,
      because: [{ text: '40 of 1000 calls of seven days were cut off at 60 s' }, {}],
    })
    expect(find(server({ calls: busy }), 'instances')).toBeUndefined()
    const pool = { ...config, instances: { pool: 4 } }
    expect(find(server({ calls: busy, config: pool }), 'instances')).toMatchObject({
      current: 'pool:4',
      proposed: 'pool:8',
    })
    expect(find(server({ calls: { ...busy, timeouts: 4 } }), 'call_timeout_seconds')).toBeUndefined()
    const slow = { class: 'start_timeout', at: NOW - 1000, detail: '' } as const
    expect(find(server({ lastExit: slow }), 'start_timeout')).toMatchObject({ current: 30, proposed: 60 })
    const gone = { class: 'dependency_down', at: NOW - 1000, detail: '' } as const
    const left = { ...config, autoRestart: false }
    expect(find(server({ lastExit: gone, isDown: true, config: left }), 'auto_restart')).toMatchObject({
      current: 'false',
      proposed: 'true',
    })
    expect(find(server({ lastExit: gone, isDown: true }), 'auto_restart')).toBeUndefined()
  })
})

it('the same facts give the same bytes', () => {
  const fleet = [server(), server({ name: 'other', profiles: days(20) })]
  expect(JSON.stringify(adviseFleet(structuredClone(fleet), HOST))).toBe(
    JSON.stringify(adviseFleet(fleet, HOST)),
  )
})
