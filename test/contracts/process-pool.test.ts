/** The processes of a server beside its main one, over the fake backend, with time moved by hand. */
import { describe, expect, it } from 'vitest'
import type { ServerId } from '../../src/domain/id.ts'
import { buildMainKey, type ProcessKey } from '../../src/domain/process-key.ts'
import type { ServerConfig } from '../../src/domain/server.ts'
import type { Supervisor } from '../../src/runtime/supervisor/supervisor.ts'
import { createWorld, type World } from '../fakes/supervised.ts'

const never = new AbortController().signal
const MAIN = buildMainKey('legacy')
const ASKABLE: ProcessKey = { ...MAIN, capabilities: 'elicitation.form+roots' }
const SAMPLING: ProcessKey = { ...MAIN, capabilities: 'sampling' }

async function startOne(
  fixture: string,
  config: Partial<ServerConfig> = {},
): Promise<{ world: World; supervisor: Supervisor; id: ServerId }> {
  const world = createWorld()
  const id = world.add(1, fixture, config)
  const supervisor = world.boot()
  supervisor.track(id, 'server-1')
  await supervisor.start(id, 'platform')
  await world.clock.advance(0)
  return { world, supervisor, id }
}

async function open({ world, supervisor, id }: Awaited<ReturnType<typeof startOne>>, key: ProcessKey) {
  const opening = supervisor.open(id, key, never)
  opening.catch(() => undefined)
  await world.clock.advance(0)
  return await opening
}

const callEcho = (connection: Awaited<ReturnType<Supervisor['open']>>) =>
  new Promise((resolve, reject) => {
    const params = { name: 'echo', arguments: { message: 'hello' } }
    connection.request('tools/call', params, { onResponse: resolve, onLost: reject })
  })

const told = (world: World) =>
  world.events.flatMap((event) => (event.type === 'server.process' ? [event.status] : []))

describe('a process for clients that can do more', () => {
  it('K-2: is started once however many ask, and told exactly what they can do', async () => {
    const one = await startOne('hates-sampling.sh')
    const { world, supervisor, id } = one
    const all = Promise.all(Array.from({ length: 50 }, () => supervisor.open(id, ASKABLE, never)))
    await world.clock.advance(0)
    const [first, ...others] = await all
    expect(others.every((connection) => connection === first)).toBe(true)
    expect(first).toMatchObject({ key: ASKABLE, era: 'legacy' })
    expect(world.backend.started()).toBe(2)
    expect(first?.generation).not.toBe((await open(one, MAIN)).generation)
    expect(world.logs.map(({ text }) => text)).toContain(
      '[legacy elicitation.form+roots] told {"elicitation":{"form":{}},"roots":{}}',
    )
    expect((await world.ledger.list()).map(({ key }) => key)).toEqual([MAIN, ASKABLE])
    expect(told(world)).toEqual(['running'])
  })

  it('waits for a server that is starting', async () => {
    const { world, supervisor, id } = await startOne('slow-start.sh')
    const opening = supervisor.open(id, ASKABLE, never)
    await world.clock.advance(1999)
    expect(world.backend.started()).toBe(1)
    await world.clock.advance(2001)
    expect(await opening).toMatchObject({ key: ASKABLE })
  })

  it('fails alone, tells all who wait why, and is tried again only when it is due', async () => {
    const { world, supervisor, id } = await startOne('hates-sampling.sh')
    const refused = Array.from({ length: 10 }, () =>
      supervisor.open(id, SAMPLING, never).then(
        () => null,
        (error: unknown) => error,
      ),
    )
    await world.clock.advance(0)
    for (const error of await Promise.all(refused)) {
      expect(error).toMatchObject({
        code: 'server_not_running',
        message:
          'The process of server-1 (legacy, for clients with sampling) ended and may be tried again in 5 s. Last exit: It ended by itself with code 4.',
      })
    }
    expect(world.backend.started()).toBe(2)
    expect(supervisor.state(id)).toMatchObject({ kind: 'running', health: 'healthy' })
    expect(told(world)).toEqual(['backoff'])
    await world.clock.advance(5_000)
    expect(world.backend.started()).toBe(2)
    await expect(open({ world, supervisor, id }, SAMPLING)).rejects.toMatchObject({
      message: expect.stringContaining('may be tried again in 10 s'),
    })
    expect(world.backend.started()).toBe(3)
  })

  it('goes on when the main process crashes, and comes back by itself when it crashes', async () => {
    const one = await startOne('echo.sh')
    const { world, supervisor, id } = one
    const before = await open(one, ASKABLE)
    world.backend.processes()[0]?.kill()
    await world.clock.advance(0)
    expect(supervisor.state(id)?.kind).toBe('backoff')
    expect(await open(one, ASKABLE)).toBe(before)
    await world.clock.advance(5000)
    expect(supervisor.state(id)?.kind).toBe('running')
    expect(await open(one, ASKABLE)).toBe(before)
    world.backend.processes()[0]?.kill()
    await world.clock.advance(600_000)
    expect(await open(one, ASKABLE)).not.toBe(before)
  })
})

describe('a verb on the server', () => {
  it('stops all its processes, and says stopped when the last is gone', async () => {
    const one = await startOne('ignores-sigterm.sh')
    const { world, supervisor, id } = one
    await open(one, ASKABLE)
    world.backend.processes()[0]?.kill()
    await world.clock.advance(0)
    await supervisor.stop(id, 'platform')
    await world.clock.advance(4999)
    expect(supervisor.state(id)?.kind).toBe('stopping')
    const settled = supervisor.settled(id, ({ kind }) => kind === 'stopped', never)
    await world.clock.advance(1)
    expect((await settled).kind).toBe('stopped')
    expect(world.backend.processes()).toHaveLength(0)
    await expect(supervisor.open(id, ASKABLE, never)).rejects.toMatchObject({
      message: 'server-1 is stopped. Last exit: It was killed from outside by SIGKILL.',
    })
  })

  it('stops also what was about to start', async () => {
    const one = await startOne('echo.sh')
    const { world, supervisor, id } = one
    for (const key of [1, 2, 3, 4].map((owner) => ({ ...MAIN, owner: `ses_${owner}` }))) await open(one, key)
    const late = [ASKABLE, SAMPLING].map((key) =>
      supervisor.open(id, key, never).catch((error: unknown) => error),
    )
    const stopping = supervisor.stop(id, 'platform')
    await world.clock.advance(0)
    await stopping
    await world.clock.advance(20_000)
    expect(world.backend.processes()).toHaveLength(0)
    for (const error of await Promise.all(late)) expect(error).toMatchObject({ code: 'server_not_running' })
  })

  it.each(Array.from({ length: 24 }, (_, turns) => turns))(
    'is gone with the platform, however far a start had come: %i turns',
    async (turns) => {
      const { world, supervisor, id } = await startOne('echo.sh')
      const other = world.add(2, 'echo.sh')
      supervisor.track(other, 'server-2')
      const late = [
        supervisor.start(other, 'platform'),
        ...[ASKABLE, SAMPLING].map((key) => supervisor.open(id, key, never)),
      ].map((each) => each.catch((error: unknown) => error))
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      let isClosed = false
      const closing = supervisor.close('stop').then(() => (isClosed = true))
      await world.clock.advance(20_000)
      expect(isClosed).toBe(true)
      await closing
      expect(world.backend.processes()).toHaveLength(0)
      await Promise.all(late)
    },
  )

  it('replaces all at a restart: none of before lives when the first of the new ones is made', async () => {
    const one = await startOne('ignores-sigterm.sh')
    const { world, supervisor, id } = one
    const before = await open(one, ASKABLE)
    await supervisor.restart(id, 'platform')
    const again = supervisor.open(id, ASKABLE, never)
    await world.clock.advance(4999)
    expect(world.backend.started()).toBe(2)
    await world.clock.advance(1)
    expect(await again).not.toBe(before)
    expect(world.backend.processes().map(({ pid }) => pid)).toEqual([1003, 1004])
  })

  it('replaces them at a restart of one that waits to be tried again', async () => {
    const one = await startOne('echo.sh')
    const { world, supervisor, id } = one
    const before = await open(one, ASKABLE)
    world.backend.processes()[0]?.kill()
    await world.clock.advance(0)
    expect(supervisor.state(id)?.kind).toBe('backoff')
    await supervisor.restart(id, 'platform')
    await world.clock.advance(0)
    expect(world.backend.processes().map(({ pid }) => pid)).toEqual([1003])
    expect(await open(one, ASKABLE)).not.toBe(before)
  })

  it('ends those that were started otherwise when the main process comes back changed', async () => {
    const one = await startOne('echo.sh')
    const { world, supervisor, id } = one
    const before = await open(one, ASKABLE)
    const record = world.records.get(id)
    if (record !== undefined) record.config = { ...record.config, environment: { CHANGED: 'yes' } }
    world.backend.processes()[0]?.kill()
    await world.clock.advance(5000)
    expect(supervisor.state(id)?.kind).toBe('running')
    expect(world.backend.processes()).toHaveLength(1)
    expect(await open(one, ASKABLE)).not.toBe(before)
  })

  it('leaves the process of a session that ended, and of nobody else, to end', async () => {
    const one = await startOne('echo.sh')
    const mine = { ...MAIN, owner: 'ses_1' }
    await open(one, mine)
    await open(one, ASKABLE)
    one.supervisor.release(one.id, mine)
    one.supervisor.release(one.id, ASKABLE)
    await one.world.clock.advance(0)
    expect((await one.world.ledger.list()).map(({ key }) => key)).toEqual([MAIN, ASKABLE])
  })

  it('removes all', async () => {
    const one = await startOne('echo.sh')
    await open(one, ASKABLE)
    const removing = one.supervisor.remove(one.id, 'platform')
    await one.world.clock.advance(0)
    await removing
    expect(one.world.backend.processes()).toHaveLength(0)
    expect(await one.world.ledger.list()).toEqual([])
  })
})

describe('another daemon', () => {
  it('takes over all processes with what they were told', async () => {
    const one = await startOne('echo.sh')
    const { world, supervisor, id } = one
    await open(one, ASKABLE)
    await open(one, { ...ASKABLE, owner: 'tok_1' })
    await supervisor.close('handover')
    const second = world.boot()
    expect(await second.recover()).toEqual({ adopted: 3, reaped: 0, swept: [] })
    expect(await second.open(id, ASKABLE, never)).toMatchObject({ key: ASKABLE })
    expect(world.backend.started()).toBe(3)
    const closing = second.close('stop')
    await world.clock.advance(0)
    await closing
    expect(world.backend.processes()).toHaveLength(0)
    expect(await world.ledger.list()).toEqual([])
  })

  it('ends those of a server that should not run', async () => {
    const one = await startOne('echo.sh')
    const { world, supervisor, id } = one
    await open(one, ASKABLE)
    await supervisor.close('handover')
    const record = world.records.get(id)
    if (record !== undefined) record.desired = 'stopped'
    expect(await world.boot().recover()).toEqual({ adopted: 0, reaped: 2, swept: [] })
    expect(world.backend.processes()).toHaveLength(0)
  })
})

describe('a server that nobody uses', () => {
  it('K-26: rests, says so, and is started by the next call: once, however many call', async () => {
    const one = await startOne('echo.sh', { idleStopSeconds: 60, healthCheckIntervalSeconds: 5 })
    const { world, supervisor, id } = one
    const connection = await open(one, MAIN)
    await world.clock.advance(59_000)
    await callEcho(connection)
    await world.clock.advance(59_999)
    expect(supervisor.state(id)?.kind).toBe('running')
    await world.clock.advance(1)
    expect(supervisor.state(id)).toMatchObject({
      kind: 'stopped',
      idle: true,
      lastExit: { cause: 'asked', detail: 'Nobody used it; the next call starts it.' },
    })
    expect(world.backend.processes()).toHaveLength(0)
    expect(world.records.get(id)).toMatchObject({ desired: 'running', lastState: { idle: true } })
    const all = Promise.all(Array.from({ length: 50 }, () => supervisor.open(id, MAIN, never)))
    await world.clock.advance(0)
    expect(new Set(await all).size).toBe(1)
    expect(world.backend.started()).toBe(2)
    expect(supervisor.state(id)?.kind).toBe('running')
  })

  it('does not rest while a call is under way or somebody holds it', async () => {
    const one = await startOne('hangs-on-calls.sh', { idleStopSeconds: 1 })
    const { world, supervisor, id } = one
    const connection = await open(one, MAIN)
    const call = connection.request('tools/call', {}, { onResponse: () => {}, onLost: () => {} })
    const release = connection.hold()
    await world.clock.advance(100_000)
    call.cancel('enough')
    await world.clock.advance(100_000)
    expect(supervisor.state(id)?.kind).toBe('running')
    release()
    release()
    await world.clock.advance(1000)
    expect(supervisor.state(id)).toMatchObject({ kind: 'stopped', idle: true })
  })

  it('takes a call that comes while it is being stopped', async () => {
    const one = await startOne('ignores-sigterm.sh', { idleStopSeconds: 60 })
    const { world, supervisor, id } = one
    const before = await open(one, MAIN)
    await world.clock.advance(60_000)
    expect(supervisor.state(id)?.kind).toBe('stopping')
    expect(() => before.request('ping', undefined, { onResponse: () => {}, onLost: () => {} })).toThrow(
      expect.objectContaining({ code: 'server_not_running' }),
    )
    const again = supervisor.open(id, MAIN, never)
    await world.clock.advance(5000)
    expect(await again).not.toBe(before)
  })

  it('is left alone by its other processes, and shown as running while one of them runs', async () => {
    const one = await startOne('echo.sh', { idleStopSeconds: 60 })
    const { world, supervisor, id } = one
    await world.clock.advance(60_000)
    await open(one, ASKABLE)
    expect(world.backend.processes()).toHaveLength(1)
    expect(supervisor.state(id)).toMatchObject({ kind: 'running', health: 'healthy' })
    await world.clock.advance(60_000)
    expect(supervisor.state(id)).toMatchObject({ kind: 'stopped', idle: true })
  })

  it('rests on under the next daemon, until it is called', async () => {
    const one = await startOne('echo.sh', { idleStopSeconds: 60 })
    const { world, supervisor, id } = one
    await world.clock.advance(60_000)
    await supervisor.close('stop')
    const second = world.boot()
    await second.recover()
    await world.clock.advance(60_000)
    expect(second.state(id)).toMatchObject({ kind: 'stopped', idle: true })
    expect(second.traits(id).instances).toBe('shared')
    await open({ ...one, supervisor: second }, MAIN)
    expect(second.state(id)?.kind).toBe('running')
  })

  it('is stopped for good by a stop', async () => {
    const one = await startOne('echo.sh', { idleStopSeconds: 60 })
    const { world, supervisor, id } = one
    await world.clock.advance(60_000)
    await supervisor.stop(id, 'platform')
    expect(supervisor.state(id)).not.toHaveProperty('idle')
    await expect(supervisor.open(id, MAIN, never)).rejects.toMatchObject({ code: 'server_not_running' })
  })
})

describe('a pool', () => {
  it('is told which of its members does worse than others', async () => {
    const one = await startOne('stops-answering.sh', {
      instances: { pool: 3 },
      healthCheckIntervalSeconds: 10,
    })
    const { world, supervisor, id } = one
    const second = { ...MAIN, member: 1 }
    expect(supervisor.traits(id).instances).toEqual({ pool: 3 })
    expect([MAIN, second].map((key) => supervisor.isUnfit(id, key))).toEqual([false, false])
    // Two misses: at 15 and at 25 seconds.
    await world.clock.advance(25_000)
    await open(one, second)
    expect([MAIN, second].map((key) => supervisor.isUnfit(id, key))).toEqual([true, false])
    world.backend.processes().at(-1)?.kill()
    await world.clock.advance(0)
    expect(supervisor.isUnfit(id, second)).toBe(true)
  })
})

describe('room for processes', () => {
  const keyOf = (owner: number): ProcessKey => ({ ...MAIN, owner: `ses_${owner}` })

  it('K-3: ends a process that nobody uses after a while, and never the main one', async () => {
    const one = await startOne('echo.sh')
    const { world, supervisor, id } = one
    await open(one, keyOf(1))
    await world.clock.advance(299_999)
    expect(world.backend.processes()).toHaveLength(2)
    await world.clock.advance(1)
    expect(world.backend.processes()).toHaveLength(1)
    expect(supervisor.state(id)?.kind).toBe('running')
    expect(told(world)).toEqual(['running', 'stopped'])
  })

  it('is made by ending the one that was used least lately', async () => {
    const one = await startOne('echo.sh')
    const { world } = one
    for (const owner of [1, 2, 3, 4]) {
      await open(one, keyOf(owner))
      await world.clock.advance(1000)
    }
    await callEcho(await open(one, keyOf(1)))
    await open(one, keyOf(5))
    const owners = (await world.ledger.list()).map(({ key }) => key.owner)
    expect(owners).toEqual([null, 'ses_1', 'ses_3', 'ses_4', 'ses_5'])
  })

  it('R154: is not made by ending one in use: the caller is told which limit', async () => {
    const one = await startOne('echo.sh')
    for (const owner of [1, 2, 3, 4]) (await open(one, keyOf(owner))).hold()
    await expect(open(one, keyOf(5))).rejects.toMatchObject({
      code: 'too_many_processes',
      message: 'server-1 has 4 processes for separate clients, and all are in use.',
      hint: 'Try again in a moment, or raise mcp_hosting.processes.per_server.',
    })
    expect(one.world.backend.processes()).toHaveLength(5)
  })

  it('K-2: is one for all servers, and never over its limit, however many ask at once', async () => {
    const one = await startOne('ignores-sigterm.sh')
    const { world, supervisor } = one
    const other = world.add(2, 'echo.sh')
    supervisor.track(other, 'server-2')
    await supervisor.start(other, 'platform')
    await world.clock.advance(0)
    const asked = [1, 2, 3, 4, 5, 6, 7].flatMap((owner) =>
      [one.id, other].map((id) => supervisor.open(id, keyOf(owner), never).catch((error: unknown) => error)),
    )
    let most = 0
    for (let round = 0; round < 200; round++) {
      await world.clock.advance(100)
      most = Math.max(most, world.backend.processes().length)
    }
    const answers = await Promise.all(asked)
    expect(most).toBe(8)
    expect(answers.some((answer) => !(answer instanceof Error))).toBe(true)
  })
})
