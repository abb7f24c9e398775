import { createId } from '../../system/random.ts'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../domain/secret.ts'
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
  it('K-28: removes what it listed before, and nothing else', async () => {
    const test = await deployMany(3)
    test.intake.trees.add('orphan')
    test.dataDirs.add('srv_GONE' as ServerId)
    const { items: listed } = await test.hosting.listCleanup()
    expect(kinds(listed)).toEqual(['tree', 'stray'])
    expect(test.intake.trees.has('orphan')).toBe(true)
    const { items, freedBytes } = await test.hosting.cleanUp(alice)
    expect(items.map(({ target, what, why, bytes, at }) => ({ target, what, why, bytes, at }))).toEqual(
      listed,
    )
    expect(freedBytes).toBe(4096 + 1000)
    expect(test.intake.trees.size).toBe(3)
    expect([...test.dataDirs]).toEqual([(await test.hosting.get('weather')).server.id])
    expect(await test.hosting.listCleanup()).toEqual({ items: [], notice: null })
    const told = await test.hosting.listLatestEvents(1)
    expect(told.map(({ actor, event }) => ({ actor, ...event }))).toEqual([
      { actor: alice.id, type: 'cleanup.done', bytes: 5096, items: 2, failed: 0 },
    ])
  })

  it('K-28: never removes a version that is active, the way back, in an operation, or that an instance has', async () => {
    const test = await deployMany(6)
    const policy = { keepVersions: 1 }
    Object.assign(test.settings.cleanup, policy)
    const { server } = await test.hosting.get('weather')
    const versions = await test.store.versions.list(server.id)
    const idOf = (number: number) => versions.find((version) => version.number === number)!.id
    await test.hosting.rollback('weather', 4, alice)
    await test.store.ledger.create({ ...LEDGER_ROW, serverId: server.id, versionId: idOf(1) })
    // The newest is 6, the active one 4, the one before it 3; one of the rest is kept.
    expect((await test.hosting.listCleanup()).items.map(({ what }) => what)).toEqual(['weather version 2'])
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
    expect(await test.hosting.listCleanup()).toEqual({ items: [], notice: null })
    await test.store.operations.update(OPERATION.id, { status: 'failed' })
    expect(kinds((await test.hosting.listCleanup()).items)).toEqual(['stray'])
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
      [0, 'storage_failed'],
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
  instanceId: createId('ins'),
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
  id: createId('op'),
  kind: 'deploy',
  server: 'new',
  replaces: null,
  status: 'running',
  actor: 'alice',
  stages: [],
  error: null,
  changes: null,
  createdAt: 0,
  endedAt: null,
} as const

const DAY = 86_400_000

describe('the end of a server', () => {
  const told = async (test: ReturnType<typeof createTestHosting>) =>
    (await test.hosting.listLatestEvents(100))
      .map(({ event }) => event)
      .filter(({ type }) => /^server\.(?:expiring|archived|restored|purged)$/.test(type))
      .map((event) => ('step' in event ? `${event.type} ${event.step}` : event.type))
  const names = async (test: ReturnType<typeof createTestHosting>) => [
    (await test.hosting.list()).map(({ server }) => server.name),
    (await test.hosting.listArchived()).map(({ server }) => server.name),
  ]
  /** The clock goes on by itself. */
  const later = (test: ReturnType<typeof createTestHosting>, days: number) => test.clock.advance(days * DAY)

  it('is told a day ahead, archives it, and restores everything of it', async () => {
    const test = await deployMany(2)
    await test.hosting.setSecrets(
      'weather',
      [{ name: 'KEY', value: new Secret('secret value'), as: 'file' }],
      alice,
    )
    await test.hosting.set('weather', { expiresAt: '3d', maxRestarts: 7 }, alice)
    const { server } = await test.hosting.get('weather')
    later(test, 1.5)
    await test.hosting.cleanUp(alice)
    expect(await told(test)).toEqual([])
    later(test, 1)
    await test.hosting.cleanUp(alice)
    await test.hosting.cleanUp(alice)
    expect(await told(test)).toEqual(['server.expiring archive'])
    expect(await names(test)).toEqual([['weather'], []])
    later(test, 0.5)
    expect(kinds((await test.hosting.listCleanup()).items)).toEqual(['server'])
    await test.hosting.cleanUp(alice)
    expect(await names(test)).toEqual([[], ['weather']])
    expect(test.supervision.state(server.id)).toBe(null)
    expect(test.deleted).toEqual([server.id])
    await expect(test.hosting.get('weather')).rejects.toMatchObject({
      code: 'server_not_found',
      hint: 'Bring it back with haivemind restore weather.',
    })
    await expect(test.hosting.start('weather', alice)).rejects.toMatchObject({ code: 'server_not_found' })
    await expect(test.deploy('weather', './run.sh')).rejects.toMatchObject({ code: 'conflict' })
    later(test, 20)
    await test.hosting.cleanUp(alice)
    expect(test.intake.trees.size).toBe(2)

    await test.hosting.restore('weather', alice)
    expect(await told(test)).toEqual(['server.expiring archive', 'server.archived', 'server.restored'])
    const back = await test.hosting.get('weather')
    expect(back).toMatchObject({
      server: { id: server.id, desired: 'stopped', overrides: { maxRestarts: 7 }, uid: server.uid },
      state: { kind: 'stopped' },
    })
    expect(back.server.lifetime).toEqual({ expiresAt: null, announcedAt: null, archived: null })
    expect((await test.hosting.listVersions('weather')).length).toBe(2)
    expect((await test.hosting.listSecrets('weather')).secrets.stored.map(({ name }) => name)).toEqual([
      'KEY',
    ])
    expect((await test.hosting.start('weather', alice)).state.kind).toBe('running')
    later(test, 3650)
    await test.hosting.cleanUp(alice)
    expect(await names(test)).toEqual([['weather'], []])
  })

  it('is told at once where less than a day is left, and comes at the next clean-up after it', async () => {
    const test = await deployMany(1)
    await test.hosting.set('weather', { expiresAt: '2h' }, alice)
    expect(await told(test)).toEqual(['server.expiring archive'])
    later(test, 0.2)
    await test.hosting.cleanUp(alice)
    expect(await names(test)).toEqual([[], ['weather']])
  })

  it('is refused in the past, and taken back by null', async () => {
    const test = await deployMany(1)
    for (const expiresAt of ['2020-01-01T00:00:00Z', 'soon', '0d']) {
      await expect(test.hosting.set('weather', { expiresAt }, alice)).rejects.toMatchObject({
        code: 'invalid_config',
      })
    }
    await test.hosting.set('weather', { expiresAt: '1d' }, alice)
    const change = await test.hosting.set('weather', { expiresAt: null }, alice)
    expect(change).toMatchObject({ changed: ['expires_at'], restartRequired: false })
    later(test, 10)
    await test.hosting.cleanUp(alice)
    expect(await names(test)).toEqual([['weather'], []])
  })

  it('D4: never follows from failing alone, unless the operator says after how long', async () => {
    const test = createTestHosting()
    await test.deploy('weather', 'broken')
    expect((await test.hosting.get('weather')).state.kind).toBe('failed')
    later(test, 365)
    await test.hosting.cleanUp(alice)
    expect(await names(test)).toEqual([['weather'], []])
    test.settings.cleanup.failedAfterDays = 7
    await test.hosting.cleanUp(alice)
    // It is told first, however long it has been failed.
    expect(await told(test)).toEqual(['server.expiring archive'])
    expect(await names(test)).toEqual([['weather'], []])
    later(test, 1)
    await test.hosting.cleanUp(alice)
    expect(await names(test)).toEqual([[], ['weather']])
    await test.hosting.restore('weather', alice)
    later(test, 30)
    await test.hosting.cleanUp(alice)
    expect(await names(test)).toEqual([['weather'], []])
  })

  it('goes for good after the time of grace, told a day ahead, with all that was its', async () => {
    const test = await deployMany(1)
    await test.hosting.set('weather', { expiresAt: '1h' }, alice)
    later(test, 1)
    await test.hosting.cleanUp(alice)
    later(test, 31)
    await test.hosting.cleanUp(alice)
    expect(await told(test)).toEqual(['server.expiring archive', 'server.archived', 'server.expiring purge'])
    expect(test.intake.trees.size).toBe(1)
    later(test, 1)
    const { items, freedBytes } = await test.hosting.cleanUp(alice)
    expect(kinds(items)).toEqual(['archive'])
    expect(freedBytes).toBe(4096 + 1000)
    expect((await told(test)).at(-1)).toBe('server.purged')
    expect([test.intake.trees.size, test.dataDirs.size, await names(test)]).toEqual([0, 0, [[], []]])
    expect((await test.deploy('weather', './run.sh')).status).toBe('succeeded')
  })

  it('comes at once where somebody deletes an archived one', async () => {
    const test = await deployMany(1)
    await test.hosting.set('weather', { expiresAt: '1h' }, alice)
    later(test, 1)
    await test.hosting.cleanUp(alice)
    await test.hosting.delete('weather', { force: false }, alice)
    expect([test.intake.trees.size, test.dataDirs.size, await names(test)]).toEqual([0, 0, [[], []]])
  })

  it('F10: does not come since the clock was set; a day later it is believed', async () => {
    const test = await deployMany(1)
    await test.hosting.set('weather', { expiresAt: '30d' }, alice)
    test.clock.set(test.clock.now() + 3650 * DAY)
    const list = await test.hosting.listCleanup()
    expect(list).toEqual({
      items: [],
      notice:
        'The clock was set 3650 days ahead, 0 minutes ago: nothing goes by its age until it has been steady for a day.',
    })
    await test.hosting.cleanUp(alice)
    test.clock.set(test.clock.now() - 3650 * DAY)
    await test.hosting.cleanUp(alice)
    expect(await told(test)).toEqual([])
    expect(await names(test)).toEqual([['weather'], []])
    later(test, 31)
    await test.hosting.cleanUp(alice)
    expect(await names(test)).toEqual([[], ['weather']])
  })
})
