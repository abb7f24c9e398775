import { describe, expect, it } from 'vitest'
import type { IncidentId, ServerId } from '../../domain/id.ts'
import type { Incident, ServerChange } from '../../domain/incident.ts'
import { describeIncident, describeTitle } from '../../domain/incident-words.ts'
import { applySignal, type Outcome } from './apply-signal.ts'
import { decideOver, findHold } from './decide-over.ts'
import { readSignal, type Signal } from './read-signal.ts'

const T0 = Date.UTC(2026, 0, 1)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const who = { serverId: 'srv_1' as ServerId, server: 'weather' }
const end = (kind: 'bad_code' | 'out_of_memory' = 'bad_code', status: 'backoff' | 'failed' = 'backoff') =>
  readSignal({
    type: 'server.status',
    ...who,
    status,
    reason: 'It ended.',
    cause: 'exited',
    class: kind,
    attempt: 1,
    nextTry: null,
  })!
const version7: ServerChange = {
  kind: 'version',
  text: 'version 7',
  at: T0 - MINUTE,
  actor: 'local',
  eventId: 3,
}

/** Plays signals and keeps what becomes of them, as the book does. */
function play(changes: readonly ServerChange[] = []) {
  const incidents = new Map<string, Incident>()
  const told: (Outcome['told'] | undefined)[] = []
  let count = 0
  const send = (signal: Signal, at: number, fingerprint: string | null = null) => {
    const outcomes = applySignal(signal, {
      at,
      eventId: ++count,
      incidents: [...incidents.values()].toReversed(),
      changes,
      id: `inc_${count}` as IncidentId,
      end: { hint: 'Deploy again.', tail: 'boom', fingerprint },
    })
    for (const { incident } of outcomes) incidents.set(incident.id, incident)
    told.push(...outcomes.map((outcome) => outcome.told))
    return outcomes
  }
  return { send, told, list: () => [...incidents.values()] }
}

describe('ends of a server', () => {
  it('are one incident that is told when it doubles, not each time', () => {
    const { send, told, list } = play()
    for (let n = 0; n < 100; n++) send(end(), T0 + n * 1000)
    expect(list()).toHaveLength(1)
    const [incident] = list()
    expect(incident).toMatchObject({ kind: 'crash_loop', severity: 'high', occurrences: 100 })
    // Opened, twice, a loop at the third, then 4, 8 … 64.
    expect(told.filter((each) => each !== null)).toHaveLength(1 + 2 + 5)
  })

  it('keep the first twenty entries and the newest', () => {
    const { send, list } = play()
    for (let n = 0; n < 300; n++) send(end(), T0 + n * 1000)
    const { timeline, omitted } = list()[0]!
    expect(timeline).toHaveLength(200)
    expect(omitted).toBe(100)
    expect(timeline.slice(18, 22).map(({ id }) => id)).toEqual(['ev19', 'ev20', 'ev121', 'ev122'])
  })

  it('of another class are another incident', () => {
    const { send, list } = play()
    send(end(), T0)
    send(end('out_of_memory'), T0 + 1000)
    expect(list().map(({ kind }) => kind)).toEqual(['crash', 'out_of_memory'])
  })

  it('come again within a day as the same incident, later as another', () => {
    const { send, told, list } = play()
    send(end(), T0)
    send({ ...who, kind: 'over', subjects: /^ends:/, text: 'It was stopped.' }, T0 + MINUTE)
    send(end(), T0 + 2 * HOUR)
    expect(list()).toHaveLength(1)
    expect(list()[0]).toMatchObject({ resolvedAt: null, occurrences: 2 })
    expect(told).toEqual(['opened', 'resolved', 'updated'])
    send({ ...who, kind: 'over', subjects: /^ends:/, text: 'It was stopped.' }, T0 + 3 * HOUR)
    send(end(), T0 + 28 * HOUR)
    expect(list()).toHaveLength(2)
  })

  it('are a loop as soon as the platform gives up', () => {
    const { send, list } = play()
    send(end('bad_code', 'failed'), T0)
    expect(list()[0]).toMatchObject({ kind: 'crash_loop', severity: 'high', occurrences: 1 })
  })

  it('that were asked for are no trouble', () => {
    const asked = { reason: 'asked', cause: 'asked', class: null, attempt: 1, nextTry: null } as const
    expect(readSignal({ type: 'server.status', ...who, status: 'backoff', ...asked })).toBeNull()
  })
})

describe('the change before it', () => {
  it('is suspected when it came shortly before and the same was not seen before it', () => {
    const { send, list } = play([version7])
    send(end('out_of_memory'), T0)
    expect(describeTitle(list()[0]!)).toBe('weather ran out of memory once, since version 7')
  })

  it('is told and not suspected when it came long before', () => {
    const { send, list } = play([{ ...version7, at: T0 - 30 * HOUR }])
    send(end(), T0)
    expect(list()[0]!.change).toMatchObject({ isSuspected: false, text: 'version 7' })
    expect(describeTitle(list()[0]!)).toBe('weather ended once by itself (bad_code)')
    expect(describeIncident(list()[0]!)).toContain('The last change before it was version 7 at 2025-12-30')
  })

  it('is not suspected when the same was there before it', () => {
    const { send, list } = play([version7])
    send(end(), T0 - 30 * HOUR)
    send({ ...who, kind: 'over', subjects: /^ends:/, text: 'It was stopped.' }, T0 - 29 * HOUR)
    send(end(), T0)
    expect(list()[1]!.change).toMatchObject({ isSuspected: false })
  })

  it('is not what the platform raised to help', () => {
    const { send, list } = play([{ ...version7, kind: 'limit', text: 'memory_mb was raised from 64 to 112' }])
    send(end('out_of_memory'), T0)
    expect(list()[0]!.change).toBeNull()
  })
})

describe('what does not answer', () => {
  it('is over when all of it is right again', () => {
    const { send, told, list } = play()
    const breaker = (state: 'open' | 'closed') =>
      readSignal({ type: 'server.breaker', ...who, process: 'main', state, failures: 5 })!
    const health = (now: 'healthy' | 'unhealthy') =>
      readSignal({ type: 'server.health', ...who, health: now, reason: null })!
    send(breaker('open'), T0)
    send(health('unhealthy'), T0 + 1000)
    send(breaker('closed'), T0 + 2000)
    expect(list()[0]!.resolvedAt).toBeNull()
    send(health('healthy'), T0 + 3000)
    expect(list()[0]).toMatchObject({ resolvedAt: T0 + 3000, resolution: 'It is healthy again.' })
    expect(told.at(-1)).toBe('resolved')
    expect(send(health('healthy'), T0 + 4000)).toEqual([])
  })
})

it('drift is over when another version serves', () => {
  const { send, list } = play()
  const drift = { kind: 'tool', name: 'add', change: 'changed', fields: ['description'] } as const
  send(
    readSignal({ type: 'tool.drift', ...who, versionId: 'ver_1' as never, ...drift, withheld: false })!,
    T0,
  )
  expect(describeTitle(list()[0]!)).toBe('weather is not as it was pinned: the tool add was changed')
  send({ ...who, kind: 'change', change: { kind: 'version' }, text: 'version 8' }, T0 + 1000)
  expect(list()[0]).toMatchObject({ resolution: 'Another version serves.' })
})

describe('decideOver', () => {
  const running = { kind: 'running', attempt: 0, health: 'healthy', lastExit: null } as const
  const incident = { lastAt: T0, beforeLastAt: null }

  it('waits a minute, and twice the time between two ends, at most an hour', () => {
    expect(findHold(incident)).toBe(MINUTE)
    expect(findHold({ lastAt: T0, beforeLastAt: T0 - 10 * MINUTE })).toBe(20 * MINUTE)
    expect(findHold({ lastAt: T0, beforeLastAt: T0 - 10 * HOUR })).toBe(HOUR)
  })

  it('says since when it runs', () => {
    expect(decideOver(incident, { ...running, since: T0 + 1000 }, T0 + MINUTE)).toBeNull()
    expect(decideOver(incident, { ...running, since: T0 + 1000 }, T0 + MINUTE + 1000)).toBe(
      'It runs since 2026-01-01T00:00:01.000Z.',
    )
  })

  it('is over for what was stopped or is gone, never for what failed', () => {
    const lastExit = null as never
    expect(decideOver(incident, { kind: 'stopped', lastExit: null }, T0)).toBe('It was stopped.')
    expect(decideOver(incident, null, T0)).toBe('The server is gone.')
    expect(
      decideOver(incident, { kind: 'failed', attempt: 3, reason: 'x', lastExit }, T0 + 9 * HOUR),
    ).toBeNull()
  })
})
