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

const told = (world: World) =>
  world.events.flatMap((event) => (event.type === 'server.process' ? [event.status] : []))

describe('a process for clients that can do more', () => {
  it('is started once however many ask, and told exactly what they can do', async () => {
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
    await world.clock.advance(600_000)
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
