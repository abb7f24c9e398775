import { describe, expect, it } from 'vitest'
import type { ServerId, VersionId } from '../../domain/id.ts'
import { alice, createTestHosting } from '../../../test/fakes/hosting.ts'

const kinds = (items: readonly { readonly target: { readonly kind: string } }[]) =>
  items.map(({ target }) => target.kind)

async function deployMany(count: number) {
  const test = createTestHosting()
  for (let number = 1; number <= count; number++) await test.deploy('weather', `./run.sh ${number}`)
  return test
}

describe('cleanUp', () => {
  it('U-28: removes what it listed before, and nothing else', async () => {
    const test = await deployMany(3)
    test.intake.trees.add('orphan')
    test.dataDirs.add('srv_GONE' as ServerId)
    const listed = await test.hosting.listCleanup()
    expect(kinds(listed)).toEqual(['tree', 'stray'])
    expect(test.intake.trees.has('orphan')).toBe(true)
    const { items, freedBytes } = await test.hosting.cleanUp(alice)
    expect(items.map(({ target, what, why, bytes, at }) => ({ target, what, why, bytes, at }))).toEqual(
      listed,
    )
    expect(freedBytes).toBe(4096 + 1000)
    expect(test.intake.trees.size).toBe(3)
    expect([...test.dataDirs]).toEqual([(await test.hosting.get('weather')).server.id])
    expect(await test.hosting.listCleanup()).toEqual([])
    const told = await test.hosting.listLatestEvents(1)
    expect(told.map(({ actor, event }) => ({ actor, ...event }))).toEqual([
      { actor: alice.id, type: 'cleanup.done', bytes: 5096, items: 2, failed: 0 },
    ])
  })

  it('U-28: never removes a version that is active, the way back, in an operation, or that an instance has', async () => {
    const test = await deployMany(6)
    const policy = { keepVersions: 1 }
    Object.assign(test.settings.cleanup, policy)
    const { server } = await test.hosting.get('weather')
    const versions = await test.store.versions.list(server.id)
    const idOf = (number: number) => versions.find((version) => version.number === number)!.id
    await test.hosting.rollback('weather', 4, alice)
    await test.store.ledger.create({ ...LEDGER_ROW, serverId: server.id, versionId: idOf(1) })
    // The newest is 6, the active one 4, the one before it 3; one of the rest is kept.
    expect((await test.hosting.listCleanup()).map(({ what }) => what)).toEqual(['weather version 2'])
    await test.store.ledger.remove(LEDGER_ROW.instanceId)
    const { items } = await test.hosting.cleanUp(alice)
    expect(items.map(({ what, freedBytes }) => `${what}, ${freedBytes}`)).toEqual([
      'weather version 2, 4096',
      'weather version 1, 4096',
    ])
    const left = await test.hosting.listVersions('weather')
    expect(left.map(({ version }) => version.number)).toEqual([6, 5, 4, 3])
  })

  it('leaves the files of a server alone that is just being made', async () => {
    const test = createTestHosting()
    const id = 'srv_NEW' as ServerId
    test.dataDirs.add(id)
    await test.store.operations.create({ ...OPERATION, serverId: id, versionId: 'ver_NEW' as VersionId })
    expect(await test.hosting.listCleanup()).toEqual([])
    await test.store.operations.update(OPERATION.id, { status: 'failed' })
    expect(kinds(await test.hosting.listCleanup())).toEqual(['stray'])
  })

  it('goes on after one that fails, and says which', async () => {
    const test = await deployMany(1)
    for (const name of ['first', 'second']) test.intake.trees.add(name)
    Object.assign(test.intake.leftovers, {
      remove: async (_kind: 'tree', name: string) => {
        if (name === 'first') throw Object.assign(new Error('EIO'), { code: 'EIO' })
        return 4096
      },
    })
    const { items } = await test.hosting.cleanUp(alice)
    expect(items.map(({ freedBytes, error }) => [freedBytes, error?.code ?? null])).toEqual([
      [0, 'internal'],
      [4096, null],
    ])
    expect((await test.hosting.listLatestEvents(1))[0]?.event).toMatchObject({ items: 1, failed: 1 })
  })

  it('runs once at a time', async () => {
    const test = await deployMany(1)
    const first = test.hosting.cleanUp(alice)
    await expect(test.hosting.cleanUp(alice)).rejects.toMatchObject({ code: 'conflict' })
    await first
    await test.hosting.cleanUp(alice)
  })
})

const LEDGER_ROW = {
  instanceId: 'ins_1' as never,
  key: { era: 'legacy', capabilities: '', owner: null, member: 0 },
  token: 't',
  backend: 'bubblewrap',
  pid: null,
  startTime: null,
  bootId: 'boot',
  runDir: 'run',
  cgroup: null,
  enforcement: null,
  initializeResult: null,
  createdAt: 0,
} as const

const OPERATION = {
  id: 'op_1' as never,
  kind: 'deploy',
  server: 'new',
  replaces: null,
  status: 'running',
  actor: 'alice',
  stages: [],
  error: null,
  createdAt: 0,
  endedAt: null,
} as const
