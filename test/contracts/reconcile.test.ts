/** The reconciler over the real supervisor: each thing that gets out of step is seen, told and mended. */
import { describe, expect, it } from 'vitest'
import type { ServerId, VersionId } from '../../src/domain/id.ts'
import type { Supervisor } from '../../src/runtime/supervisor/supervisor.ts'
import { createWorld, type World } from '../fakes/supervised.ts'

/** A look each second. */
async function live(world: World, supervisor: Supervisor, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await supervisor.reconcile(() => [])
    await world.clock.advance(1000)
  }
}

async function openRunning() {
  const world = createWorld()
  const id = world.add(1, 'echo')
  const supervisor = world.boot()
  await supervisor.recover()
  await world.clock.advance(1000)
  expect(supervisor.state(id)?.kind).toBe('running')
  return { world, id, supervisor }
}

const kindsOf = (supervisor: Supervisor, id: ServerId) =>
  supervisor.observation(id).differences.map(({ kind }) => kind)

describe('desired against observed', () => {
  it('I5: starts within seconds what should run and nobody started', async () => {
    const { world, id, supervisor } = await openRunning()
    await supervisor.stop(id, 'test')
    await world.clock.advance(1000)
    expect(supervisor.state(id)?.kind).toBe('stopped')
    await live(world, supervisor, 2)
    await supervisor.reconcile(() => [])
    expect(kindsOf(supervisor, id)).toEqual(['should_run'])
    await live(world, supervisor, 2)
    expect(supervisor.state(id)?.kind).toBe('running')
    expect(kindsOf(supervisor, id)).toEqual([])
  })

  it('I6: stops within seconds what should not run', async () => {
    const { world, id, supervisor } = await openRunning()
    Object.assign(world.records.get(id) ?? {}, { desired: 'stopped' })
    await live(world, supervisor, 4)
    expect(supervisor.state(id)?.kind).toBe('stopped')
    await live(world, supervisor, 60)
    expect(world.backend.started()).toBe(1)
  })

  it('leaves one alone that a verb switches at this moment', async () => {
    const { world, id, supervisor } = await openRunning()
    await supervisor.stop(id, 'test')
    for (let second = 0; second < 20; second++) {
      await supervisor.reconcile(() => ['server-1'])
      await world.clock.advance(1000)
    }
    expect(supervisor.state(id)?.kind).toBe('stopped')
  })

  it('I4: ends a process that no row names and nobody holds', async () => {
    const { world, supervisor } = await openRunning()
    const [row] = await world.ledger.list()
    if (row === undefined) throw new Error('no row')
    await world.ledger.remove(row.instanceId)
    world.backend.forgetHolder()
    await live(world, supervisor, 7)
    expect(world.backend.processes().map(({ pid }) => pid)).not.toContain(row.pid)
  })

  it('notices a process that is gone although nobody was told of its end', async () => {
    const { world, id, supervisor } = await openRunning()
    world.backend.loseSilently()
    await live(world, supervisor, 2)
    await supervisor.reconcile(() => [])
    expect(kindsOf(supervisor, id)).toEqual(['process_gone'])
    await live(world, supervisor, 30)
    expect(supervisor.state(id)?.kind).toBe('running')
    expect(world.backend.started()).toBe(2)
    expect(await world.ledger.list()).toHaveLength(1)
  })

  it('I4, I5: sees a version that is tried beside end unseen, and does not hold it for the one that serves', async () => {
    const { world, id, supervisor } = await openRunning()
    const tried = await supervisor.tryBeside(id, 'ver_2' as VersionId)
    await tried.start('test')
    await world.clock.advance(1000)
    expect(tried.state().kind).toBe('running')
    await live(world, supervisor, 30)
    expect(kindsOf(supervisor, id)).toEqual([])
    world.backend.loseSilently()
    await live(world, supervisor, 2)
    await supervisor.reconcile(() => [])
    expect(kindsOf(supervisor, id)).toEqual(['process_gone', 'process_gone'])
    expect(supervisor.observation(id).differences.map(({ reason }) => reason.split(' is ')[0])).toEqual([
      'server-1',
      'The next version of server-1',
    ])
    await live(world, supervisor, 40)
    expect(supervisor.state(id)?.kind).toBe('running')
    expect(tried.state().kind).toBe('running')
    expect(await world.ledger.list()).toHaveLength(2)
    await tried.discard()
    expect(await world.ledger.list()).toHaveLength(1)
  })

  it('I10: marks what it shows as stale when it has not looked for two seconds', async () => {
    const { world, id, supervisor } = await openRunning()
    expect(supervisor.observation(id)).toMatchObject({ at: null, isStale: true })
    await supervisor.reconcile(() => [])
    expect(supervisor.observation(id).isStale).toBe(false)
    await world.clock.advance(2001)
    expect(supervisor.observation(id).isStale).toBe(true)
  })

  it('looks at nothing before what an earlier daemon left is decided, nor when the platform stops', async () => {
    const { world, id, supervisor } = await openRunning()
    await supervisor.close('stop')
    await live(world, supervisor, 10)
    expect(supervisor.observation(id).at).toBeNull()
    const next = world.boot()
    await live(world, next, 10)
    expect(next.observation(id).at).toBeNull()
    expect(world.backend.started()).toBe(1)
  })
})
