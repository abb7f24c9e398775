/** Lists that are asked for in part, and what is taken out of them. */
import { describe, expect, it } from 'vitest'
import type { OperationListJson } from '../../src/api/schema/operation.ts'
import { createTestApi } from '../fakes/api.ts'
import { alice } from '../fakes/hosting.ts'

type Test = Awaited<ReturnType<typeof createTestApi>>
type Page = {
  readonly items: readonly { readonly name: string; readonly status?: string }[]
  readonly next_cursor: string | null
  readonly total: number
}
const list = async (test: Test, query: string) =>
  (await (await test.send('GET', `/api/v1/servers?${query}`)).json()) as Page
const names = ({ items }: Page) => items.map(({ name }) => name)

/** `a` runs and is `blue`; `b` failed; `c` is stopped, `blue` and `old`, and says what it is for. */
async function open(): Promise<Test> {
  const test = await createTestApi()
  await test.deploy('a', './run.sh')
  await test.deploy('b', 'broken')
  await test.deploy('c', './run.sh', false)
  const set = (name: string, json: object) => test.send('PATCH', `/api/v1/servers/${name}`, { json })
  await set('a', { tags: ['blue'] })
  await set('c', { tags: ['blue', 'old'], description: 'Counts Whales' })
  return test
}

describe('GET /api/v1/servers', () => {
  it('gives those that have a status, all of the tags, or the words', async () => {
    const test = await open()
    expect(names(await list(test, 'status=running'))).toEqual(['a'])
    expect(names(await list(test, 'status=stopped,running'))).toEqual(['a', 'c'])
    expect(names(await list(test, 'tag=blue'))).toEqual(['a', 'c'])
    expect(names(await list(test, 'tag=blue,old'))).toEqual(['c'])
    expect(names(await list(test, 'q=wHALEs'))).toEqual(['c'])
    expect(names(await list(test, 'q=OLD'))).toEqual(['c'])
    expect(await list(test, 'q=nothing')).toEqual({ items: [], next_cursor: null, total: 0 })
  })

  it('sorts either way, and goes on where the page before ended', async () => {
    const test = await open()
    expect(names(await list(test, 'sort=-name'))).toEqual(names(await list(test, 'sort=name')).toReversed())
    const seen: string[] = []
    let cursor = ''
    do {
      const page = await list(test, `sort=-status&limit=1&cursor=${cursor}`.replace(/&cursor=$/, ''))
      expect(page.total).toBe(3)
      seen.push(...names(page))
      cursor = page.next_cursor ?? ''
    } while (cursor !== '')
    expect(seen).toEqual(names(await list(test, 'sort=-status')))
    expect(new Set(seen)).toEqual(new Set(['a', 'b', 'c']))
  })

  it('gives only the fields that are asked for, and the name', async () => {
    const test = await open()
    const { items } = await list(test, 'fields=status&status=running')
    expect(items).toEqual([{ name: 'a', status: 'running' }])
  })

  it.each(['status=gone', 'sort=colour', 'sort=--name', 'fields=secret', 'cursor=e30', 'tag=a&tag=b'])(
    'refuses %s',
    async (query) => {
      const test = await createTestApi()
      const response = await test.send('GET', `/api/v1/servers?${query}`)
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
        400,
        'invalid_request',
      ])
    },
  )
})

describe('GET /api/v1/operations', () => {
  it('says who began each, how far it came and what ended it; one that goes on, too', async () => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    await test.deploy('other', 'fail')
    const begun = test.deploy('slow', 'wait')
    const read = async (query = '') =>
      ((await (await test.send('GET', `/api/v1/operations${query}`)).json()) as OperationListJson).items
    await expect
      .poll(async () => (await read('?status=running')).map(({ name, stage }) => [name, stage]))
      .toEqual([['slow', 'install']])
    expect(
      (await read()).map(({ name, status, stage, error, actor }) => [
        name,
        status,
        stage,
        error?.code,
        actor,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['weather', 'succeeded', null, undefined, alice.id],
        ['other', 'failed', 'install', 'install_failed', alice.id],
        ['slow', 'running', 'install', undefined, alice.id],
      ]),
    )
    expect((await read('?server=other')).map(({ name }) => name)).toEqual(['other'])
    expect(await read('?limit=1')).toHaveLength(1)
    test.intake.gate.resolve()
    await begun
    expect(await read('?status=running')).toEqual([])
  })
})

describe('DELETE /api/v1/servers/{name}/versions/{version}', () => {
  const remove = async (test: Test, version: number | string) => {
    const response = await test.send('DELETE', `/api/v1/servers/weather/versions/${version}`)
    const body = (await response.json()) as Record<string, unknown>
    return [response.status, body['code'] ?? body]
  }

  it('removes one that nothing needs with its tree, once', async () => {
    const test = await createTestApi()
    for (const text of ['./one', './two', './three']) await test.deploy('weather', text)
    const [, , first] = await test.hosting.listVersions('weather')
    expect(test.intake.trees.has(first!.version.treeHash)).toBe(true)
    expect(await remove(test, 1)).toEqual([200, { version: 1, deleted: true, freed_bytes: 4096 }])
    expect(test.intake.trees.has(first!.version.treeHash)).toBe(false)
    expect((await test.hosting.listVersions('weather')).map(({ version }) => version.number)).toEqual([3, 2])
    expect(await remove(test, 1)).toEqual([404, 'version_not_found'])
    const events = await test.store.events.listLatest(50)
    expect(events.at(-1)?.event).toMatchObject({ type: 'version.deleted', server: 'weather', number: 1 })
  })

  it('refuses the active one, the way back, one in use, and what is no number', async () => {
    const test = await createTestApi()
    for (const text of ['./one', './two', './three']) await test.deploy('weather', text)
    expect(await remove(test, 3)).toEqual([409, 'conflict'])
    expect(await remove(test, 2)).toEqual([409, 'conflict'])
    expect(await remove(test, 'x')).toEqual([404, 'version_not_found'])
    expect(await remove(test, 9)).toEqual([404, 'version_not_found'])
    expect((await test.hosting.listVersions('weather')).length).toBe(3)
  })

  it('keeps the tree that another version has too', async () => {
    const test = await createTestApi()
    for (const text of ['./one', './two', './one', './two']) await test.deploy('weather', text)
    expect(await remove(test, 1)).toEqual([200, { version: 1, deleted: true, freed_bytes: 0 }])
    const hashes = (await test.hosting.listVersions('weather')).map(({ version }) => version.treeHash)
    expect(hashes.every((hash) => test.intake.trees.has(hash))).toBe(true)
  })
})

describe('the audit log of a change', () => {
  it('says what was and what is; of variables only that there is another', async () => {
    const test = await open()
    await test.send('PATCH', '/api/v1/servers/a', {
      json: {
        resource_limits: { memory_mb: 1024 },
        max_restarts: 9,
        environment: { GREETING: 'SENTINEL-NEW', EXTRA: 'SENTINEL-EXTRA' },
        tags: ['blue'],
      },
    })
    const { details } = test.audit.entries.at(-1)!
    const before = details['changes']
    expect(before).toEqual([
      { field: 'environment.EXTRA', change: 'set' },
      { field: 'environment.GREETING', change: 'changed' },
      { field: 'max_restarts', before: 5, after: 9 },
      { field: 'resource_limits.memory_mb', before: 512, after: 1024 },
    ])
    expect(JSON.stringify(test.audit.entries)).not.toContain('SENTINEL')
  })
})
