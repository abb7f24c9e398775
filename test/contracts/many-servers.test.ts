/** A list of servers is each of them as it is shown alone, whatever the store is asked at once for all of them. */
import type { Place } from '../../src/hosting/choose-servers.ts'
import { expect, it } from 'vitest'
import { Secret } from '../../src/domain/secret.ts'
import type { PinRecord } from '../../src/hosting/ports.ts'
import { alice, createTestHosting } from '../fakes/hosting.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e']

async function open() {
  const test = createTestHosting()
  for (const name of NAMES) await test.deploy(name, './run.sh')
  const find = async (name: string) => (await test.hosting.get(name)).server
  return { ...test, find }
}

const change = (host: string, at: number) => ({
  host,
  port: 443,
  sentBytes: 1,
  receivedBytes: 2,
  connections: 1,
  refused: 0,
  lastReason: null,
  at,
})

it('shows each server of a list as it is shown alone', async () => {
  const { hosting, store, find } = await open()
  const [a, b, c] = [await find('a'), await find('b'), await find('c')]
  await store.egress.add(a.id, [change('one.test', 1), change('two.test', 2)])
  await store.egress.add(b.id, [change('three.test', 3)])
  await store.versions.setFailure(c.activeVersion!, { reason: 'it ended', at: 7 })
  await hosting.setSecrets(
    'b',
    [{ name: 'KEY', value: new Secret('a-long-value'), as: 'environment' }],
    alice,
  )

  const alone = await Promise.all(NAMES.map((name) => hosting.get(name)))
  expect(await hosting.list()).toEqual(alone)
  expect(alone.map(({ egress }) => egress.map(({ host }) => host))).toEqual([
    ['two.test', 'one.test'],
    ['three.test'],
    [],
    [],
    [],
  ])
  expect(alone.map(({ failedVersion }) => failedVersion?.failure.reason ?? null)).toEqual([
    null,
    null,
    'it ended',
    null,
    null,
  ])
  expect(alone.map(({ secrets }) => [secrets.stored.length, secrets.isPending])).toEqual([
    [0, false],
    [1, true],
    [0, false],
    [0, false],
    [0, false],
  ])
})

it('goes through all of them page by page, each once, archived ones apart', async () => {
  const { hosting, store, find } = await open()
  const archived = { expiresAt: null, announcedAt: null, archived: { at: 1, why: 'unused' } }
  await store.servers.update((await find('b')).id, { lifetime: archived })
  const walk = async (isArchived: boolean, limit: number) => {
    const pages: (readonly string[])[] = []
    const byName = { statuses: [], tags: [], text: '', sort: 'name', isDescending: false } as const
    for (let after: Place | null | undefined; after !== null;) {
      const page = await hosting.listPage({ ...byName, isArchived, after: after ?? null, limit })
      expect(page.total).toBe(isArchived ? 1 : 4)
      pages.push(page.views.map(({ server }) => server.name))
      after = page.last
    }
    return pages
  }
  expect(await walk(false, 2)).toEqual([
    ['a', 'c'],
    ['d', 'e'],
  ])
  expect(await walk(false, 3)).toEqual([['a', 'c', 'd'], ['e']])
  expect(await walk(true, 3)).toEqual([['b']])
})

it('keeps to the last failed version of each server, and to the places that were reached last', async () => {
  const { store, find } = await open()
  const [a, b] = [await find('a'), await find('b')]
  const first = (await store.versions.find(a.activeVersion!))!
  const second = { ...first, id: b.activeVersion!, number: 2 }
  await store.versions.remove(second.id)
  await store.versions.create(second)
  for (const { id, number } of [second, first]) {
    await store.versions.setFailure(id, { reason: `number ${number}`, at: 1 })
  }
  expect(await store.versions.findFailedEach([a.id, b.id])).toEqual(
    new Map([[a.id, { number: 2, failure: { reason: 'number 2', at: 1 } }]]),
  )
  expect(await store.versions.findFailedEach([b.id])).toEqual(new Map())

  await store.egress.add(
    a.id,
    [1, 2, 3].map((n) => change(`h${n}.test`, n)),
  )
  await store.egress.add(b.id, [change('other.test', 1)])
  const reached = await store.egress.listEach([a.id, b.id], 2)
  expect([...reached].map(([id, places]) => [id, places.map(({ host }) => host)])).toEqual([
    [a.id, ['h3.test', 'h2.test']],
    [b.id, ['other.test']],
  ])
})

it('tells of changed tools by those records alone that hold any, and of no other server', async () => {
  const { hosting, store, find } = await open()
  const [a, b] = [(await find('a')).activeVersion!, (await find('b')).activeVersion!]
  const base = { definitions: [], pinnedAt: 1, pinnedBy: 'alice' } as const
  const drift: PinRecord['drift'] = [
    { kind: 'tool', name: 'add', change: 'removed', before: null, after: null, seenAt: 5 },
  ]
  await store.pins.save({ ...base, versionId: a, facet: 'legacy', drift })
  await store.pins.save({ ...base, versionId: a, facet: 'modern', drift: [] })
  await store.pins.save({ ...base, versionId: b, facet: 'legacy', drift: [] })
  const found = await store.pins.listDrifted([a, b])
  expect([...found].map(([id, records]) => [id, records.map(({ facet }) => facet)])).toEqual([
    [a, ['legacy']],
  ])
  const items = (await hosting.listAttention()).filter(({ kind }) => kind === 'tools_changed')
  expect(items.map(({ server }) => server)).toEqual(['a'])
})
