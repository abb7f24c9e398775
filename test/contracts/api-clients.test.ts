/** How clients are given an endpoint, as the API says it. */
import { describe, expect, it } from 'vitest'
import type { ClientListJson } from '../../src/api/schema/clients.ts'
import { createTestApi } from '../fakes/api.ts'

describe('…/clients', () => {
  it('U-17: disables Claude and ChatGPT at a loopback address, with the reason', async () => {
    const { send, deploy } = await createTestApi()
    await deploy('weather', './run.sh')
    const response = await send('GET', '/api/v1/servers/weather/clients')
    expect(response.status).toBe(200)
    const { items, ...rest } = (await response.json()) as ClientListJson
    expect(rest).toEqual({
      endpoint: 'http://127.0.0.1:8910/servers/weather/mcp',
      name: 'weather',
      reach: 'loopback',
      token_variable: 'HAIVEMIND_MCP_TOKEN',
    })
    const disabled = new Map(items.map(({ id, disabled: why }) => [id, why]))
    expect(disabled.get('claude')).toContain('reached from this machine only')
    expect(disabled.get('chatgpt')).toContain('reached from this machine only')
    expect(disabled.get('goose')).toContain('no issuer is configured')
    expect(disabled.get('cursor')).toBeNull()
    expect(items.find(({ id }) => id === 'claude-code')?.commands[0]?.text).toBe(
      'claude mcp add --transport http --scope user weather http://127.0.0.1:8910/servers/weather/mcp --header "Authorization: Bearer $HAIVEMIND_MCP_TOKEN"',
    )
  })

  it('is there for all servers and for the platform, and not for a server that is not', async () => {
    const { send } = await createTestApi()
    const read = async (path: string) => (await (await send('GET', path)).json()) as ClientListJson
    expect(await read('/api/v1/hub/clients')).toMatchObject({
      name: 'haivemind-hub',
      endpoint: 'http://127.0.0.1:8910/hub/mcp',
    })
    expect(await read('/api/v1/mcp/clients')).toMatchObject({
      name: 'haivemind',
      endpoint: 'http://127.0.0.1:8910/mcp',
    })
    expect((await send('GET', '/api/v1/servers/absent/clients')).status).toBe(404)
  })
})

it('gives the hub with the chosen servers alone, and refuses what is no name', async () => {
  const { send } = await createTestApi()
  const response = await send('GET', '/api/v1/hub/clients?servers=notes,weather')
  const list = (await response.json()) as ClientListJson
  expect(list.endpoint).toBe('http://127.0.0.1:8910/hub/mcp?servers=notes,weather')
  const command = list.items.find(({ id }) => id === 'claude-code')?.commands[0]?.text
  expect(command).toContain("'http://127.0.0.1:8910/hub/mcp?servers=notes,weather'")
  expect((await send('GET', '/api/v1/hub/clients?servers=notes,<b>')).status).toBe(400)
})

describe('…/clients/test', () => {
  const open = async (grants: readonly string[]) => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const by = { id: 'local', kind: 'local', name: 'local', grants: ['admin'] } as const
    const { text } = await test.access.createToken({ name: 'who asks', grants, expiresInDays: 1 }, by)
    const ask = () => test.send('POST', '/api/v1/servers/weather/clients/test', { token: text })
    return { ...test, ask }
  }

  it('tries the public address with a token for this server alone, which is gone afterwards', async () => {
    const { ask, tried, access } = await open(['mcp:call', 'servers:write'])
    const before = access.listTokens().length
    const response = await ask()
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      url: 'http://127.0.0.1:8910/servers/weather/mcp',
      works: true,
      eras: [{ era: 'modern', protocol_version: '2026-07-28', tools: 1, problem: null }],
    })
    expect(tried).toEqual([
      { url: 'http://127.0.0.1:8910/servers/weather/mcp', grants: ['mcp:call:weather'] },
    ])
    expect(access.listTokens()).toHaveLength(before)
  })

  it('lends nobody more than they hold', async () => {
    const { ask, tried } = await open(['mcp:call:weather:add', 'mcp:call:other'])
    expect((await ask()).status).toBe(200)
    expect(tried.map(({ grants }) => grants)).toEqual([['mcp:call:weather:add']])
  })

  it('is not for those who may not call', async () => {
    const { ask, tried } = await open(['servers:read', 'admin'])
    expect((await ask()).status).toBe(403)
    expect(tried).toEqual([])
  })
})
