import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { SHARED } from '../../test/fakes/traits.ts'
import { buildMainKey } from '../domain/process-key.ts'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { heldToNothing } from '../../test/fakes/definitions.ts'
import type { ServerId } from '../domain/id.ts'
import type { Instances } from '../domain/server-traits.ts'
import { createLogger } from '../system/log.ts'
import { DEFAULT_GATEWAY_CONFIG } from './gateway-config.ts'
import { createHostedServers } from './hosted-servers.ts'
import type { SessionRecord } from './ports.ts'
import { createSessionTable } from './session-table.ts'

const SERVER = 'srv_a' as ServerId
const DAY = 24 * 3_600_000

const never = () => {
  throw new Error('no stream is opened here')
}

function setUp(rows: Map<string, SessionRecord> = new Map()) {
  const clock = createFakeClock()
  const logger = createLogger(new Writable({ write: (_chunk, _encoding, done) => done() }))
  const config = { ...DEFAULT_GATEWAY_CONFIG, maxSessionsPerPrincipal: 2, sessionIdleMs: DAY }
  const updates: string[] = []
  let traits = SHARED
  const servers = createHostedServers({
    definitions: heldToNothing,
    upstreams: {
      findByName: () => SERVER,
      names: () => [],
      beside: () => null,
      isUnfit: () => false,
      current: () => null,
      traits: () => traits,
      release: () => {},
      open: () => Promise.reject(new Error('not here')),
    },
    clock,
    config,
    logger,
    record: () => {},
  })
  const table = createSessionTable({
    store: {
      list: () => Promise.resolve([...rows.values()]),
      create: (session) => Promise.resolve(void rows.set(session.id, session)),
      update(id, changes) {
        updates.push(id)
        const row = rows.get(id)
        if (row !== undefined) rows.set(id, { ...row, ...changes })
        return Promise.resolve()
      },
      remove: (id) => Promise.resolve(void rows.delete(id)),
    },
    createStreams: () => ({ open: never, resume: never, close: () => {} }),
    findHosted: (serverId) => servers.get(serverId),
    config,
    clock,
    logger,
  })
  const create = (principalId = 'p') =>
    table.create({
      id: table.createId(),
      isStored: true,
      key: buildMainKey('legacy'),
      instanceId: 'ins_a',
      principalId,
      serverId: SERVER,
      version: '2025-11-25',
      initializeParams: {},
    })
  const share = (instances: Instances) => {
    traits = { ...SHARED, instances }
  }
  return { table, clock, rows, updates, create, share }
}

describe('session table', () => {
  it('R102: ends sessions that nobody uses, and keeps those that are used', async () => {
    const { table, clock, rows, create } = setUp()
    await table.start()
    const [idle, used] = [await create(), await create()]
    clock.advance(DAY - 1000)
    expect(table.find(used.id, 'p', SERVER)).toBe(used)
    clock.advance(DAY - 120_000)
    expect(table.find(idle.id, 'p', SERVER)).toBeNull()
    expect([...rows.keys()]).toEqual([used.id])
  })

  it('a session with a call in flight is used', async () => {
    const { table, clock, create } = setUp()
    await table.start()
    const session = await create()
    session.calls.set(1, { cancel: () => {}, isHeard: () => true, onSlow: () => {} })
    clock.advance(3 * DAY)
    expect(table.find(session.id, 'p', SERVER)).toBe(session)
  })

  it('writes the last use now and then, never with each call', async () => {
    const { table, clock, updates, rows, create } = setUp()
    await table.start()
    const session = await create()
    for (let n = 0; n < 100; n++) {
      clock.advance(1000)
      table.find(session.id, 'p', SERVER)
    }
    expect(updates).toEqual([])
    clock.advance(300_000)
    table.find(session.id, 'p', SERVER)
    clock.advance(60_000)
    expect(updates).toEqual([session.id])
    clock.advance(5000)
    table.find(session.id, 'p', SERVER)
    await table.close()
    expect(rows.get(session.id)?.lastUsedAt).toBe(clock.now())
  })

  it('makes room for one principal at that principal’s own expense', async () => {
    const { table, clock, create } = setUp()
    const others = await create('other')
    const first = await create()
    clock.advance(1)
    const second = await create()
    clock.advance(1)
    table.find(first.id, 'p', SERVER)
    await create()
    expect(table.find(second.id, 'p', SERVER)).toBeNull()
    expect(table.find(first.id, 'p', SERVER)).toBe(first)
    expect(table.find(others.id, 'other', SERVER)).toBe(others)
  })

  it('reads what a former life left, and leaves out what it cannot read', async () => {
    const { create, rows } = setUp()
    const kept = await create()
    const row = rows.get(kept.id) as SessionRecord
    rows.set(kept.id, { ...row, subscriptions: ['test://a'], logLevel: 'info' })
    rows.set('odd', { ...row, id: 'odd', protocolVersion: '1999-01-01' })
    const again = setUp(rows)
    await again.table.start()
    const session = again.table.find(kept.id, 'p', SERVER)
    expect([...(session?.subscriptions ?? [])]).toEqual(['test://a'])
    expect(session?.logLevel).toBe('info')
    expect(again.table.find('odd', 'p', SERVER)).toBeNull()
  })

  it('R101: another principal or server finds nothing', async () => {
    const { table, create } = setUp()
    const session = await create()
    expect(table.find(session.id, 'q', SERVER)).toBeNull()
    expect(table.find(session.id, 'p', 'srv_b' as ServerId)).toBeNull()
  })

  it('leaves no session with a process that others share once its server is set otherwise', async () => {
    const { table, create, share } = setUp()
    const { id } = await create('p')
    expect(table.find(id, 'p', SERVER)?.key.owner).toBeNull()
    share('per_principal')
    expect(table.find(id, 'p', SERVER)?.key).toEqual({ ...buildMainKey('legacy'), owner: 'p' })
    share('per_session')
    expect(table.find(id, 'p', SERVER)?.key).toEqual({ ...buildMainKey('legacy'), owner: id })
  })
})
