import { describe, expect, it } from 'vitest'
import type { ToolStateListJson } from '../../src/api/schema/tool.ts'
import { createTestApi } from '../fakes/api.ts'

const add = {
  kind: 'tool',
  name: 'add',
  content: { name: 'add', annotations: { readOnlyHint: true } },
} as const

describe('the tools of a server', () => {
  async function open(pin: 'warn' | 'block' = 'warn') {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const { server } = await test.hosting.get('weather')
    const changed = { ...add, name: 'mul', content: { name: 'mul', description: 'new' } }
    await test.store.pins.save({
      versionId: server.activeVersion!,
      facet: '',
      definitions: [add],
      drift: [{ kind: 'tool', name: 'mul', change: 'added', before: null, after: changed, seenAt: 1 }],
      pinnedAt: 1,
      pinnedBy: 'platform',
    })
    await test.send('PATCH', '/api/v1/servers/weather', { json: { pin } })
    const read = async () => {
      const response = await test.send('GET', '/api/v1/servers/weather/tool-states')
      const { items } = (await response.json()) as ToolStateListJson
      return items.map(({ name, enabled, approved, change, hidden }) => [
        name,
        enabled,
        approved,
        change,
        hidden,
      ])
    }
    return { ...test, read }
  }

  it('are told with what became of each, of a server that does not run too', async () => {
    const { hosting, read, send } = await open('block')
    await send('POST', '/api/v1/servers/weather/stop', { json: {} })
    expect((await hosting.get('weather')).state.kind).toBe('stopped')
    expect(await read()).toEqual([
      ['add', true, true, null, false],
      ['mul', true, false, 'added', true],
    ])
    const { items } = (await (
      await send('GET', '/api/v1/servers/weather/tool-states')
    ).json()) as ToolStateListJson
    expect(items[0]?.definition).toEqual(add.content)
  })

  it('are switched off and on one by one, and none that is not there', async () => {
    const { read, send, hosting } = await open()
    const set = (tool: string, enabled: boolean) =>
      send('PATCH', `/api/v1/servers/weather/tools/${tool}`, { json: { enabled } })
    expect(await (await set('add', false)).json()).toMatchObject({
      name: 'add',
      enabled: false,
      hidden: true,
    })
    expect((await hosting.get('weather')).config?.disabledTools).toEqual(['add'])
    expect((await set('nope', false)).status).toBe(404)
    await set('mul', false)
    await set('add', true)
    expect(await read()).toEqual([
      ['add', true, true, null, false],
      ['mul', false, false, 'added', true],
    ])
  })
})

describe('what a server gives to read', () => {
  it('is given as the server has it, and refused where it is nothing of the protocol', async () => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const read = async (path: string) => {
      const response = await test.send('GET', `/api/v1/servers/weather/${path}`)
      return [response.status, await response.json()] as const
    }
    expect(await read('resources')).toEqual([
      200,
      {
        resources: [{ uri: 'demo://note/1', name: 'Note' }],
        templates: [{ uriTemplate: 'demo://note/{id}', name: 'Notes' }],
      },
    ])
    expect(await read('resources/read?uri=demo%3A%2F%2Fnote%2F1')).toEqual([
      200,
      { contents: [{ uri: 'demo://note/1', text: 'read demo://note/1' }] },
    ])
    const [status, problem] = await read('resources/read?uri=demo%3A%2F%2Fbroken')
    expect([status, (problem as { code: string }).code]).toEqual([502, 'server_error'])
    const got = await test.send('POST', '/api/v1/servers/weather/prompts/greet/get', {
      json: { arguments: { who: 'Ada' } },
    })
    expect(await got.json()).toMatchObject({ messages: [{ content: { text: 'greet {"who":"Ada"}' } }] })
    const wrong = await test.send('POST', '/api/v1/servers/weather/prompts/greet/get', {
      json: { arguments: { who: 1 } },
    })
    expect(wrong.status).toBe(400)
  })
})
