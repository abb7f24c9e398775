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
