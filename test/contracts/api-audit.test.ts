/** Every change that somebody asks for is written down before and after, whoever wrote its route. */
import { describe, expect, it } from 'vitest'
import type { Api } from '../../src/api/create-api.ts'
import { nameAction } from '../../src/api/audit/name-action.ts'
import { createTestApi } from '../fakes/api.ts'
import { alice } from '../fakes/hosting.ts'

const act = ({
  action,
  resource,
  outcome,
  via,
  actor,
  details,
}: Awaited<ReturnType<typeof createTestApi>>['audit']['entries'][number]) => ({
  action,
  resource,
  outcome,
  via,
  actor,
  details,
})

describe('what changes nothing', () => {
  it('is noted when somebody is turned away, and when an administrator reads logs', async () => {
    const test = await createTestApi()
    const { deploy, send, audit, access } = test
    await deploy('weather', 'v1')
    const { text: reader } = await access.createToken(
      { name: 'reader', grants: ['logs:read'], expiresInDays: null },
      alice,
    )
    await send('POST', '/api/v1/servers/weather/stop', { token: null, json: {} })
    await send('DELETE', '/api/v1/servers/weather', { token: reader })
    await send('GET', '/api/v1/servers/weather/logs', { token: reader })
    await send('GET', '/api/v1/servers/weather/logs')
    await send('POST', '/mcp', { token: null, json: {} })
    await send('POST', '/mcp', { token: reader, json: {} })
    expect(audit.noted.map(({ action, outcome, details }) => [action, outcome, details])).toEqual([
      ['server.stop', 'denied', { code: 'unauthenticated' }],
      ['server.delete', 'denied', { code: 'forbidden' }],
      ['server.log.read', 'success', {}],
      ['mcp.use', 'denied', { code: 'unauthenticated' }],
    ])
    expect(audit.noted[0]).toMatchObject({ actor: 'nobody', resource: 'server:weather' })
    expect(audit.noted[1]?.actor).toMatch(/^token:/)
    expect(audit.entries).toEqual([])
    // Reading goes on without it.
    audit.fail(true)
    expect((await send('GET', '/api/v1/servers/weather/logs')).status).toBe(200)
    expect((await send('GET', '/api/v1/audit/export')).status).toBe(200)
    expect((await send('POST', '/api/v1/servers/weather/stop', { token: null, json: {} })).status).toBe(401)
  })
})

describe('a change over REST', () => {
  it('has an attempt and an outcome', async () => {
    const { deploy, send, audit } = await createTestApi()
    await deploy('weather', 'v1')
    await send('POST', '/api/v1/servers/weather/stop', { json: {} })
    await send('PATCH', '/api/v1/servers/weather', { json: { environment: { KEY: 'value-of-it' } } })
    const actor = audit.entries[0]?.actor ?? ''
    expect(actor).toMatch(/^token:tok_/)
    const base = { resource: 'server:weather', via: 'api', actor }
    expect(audit.entries.map(act)).toEqual([
      { ...base, action: 'server.stop', outcome: 'attempt', details: {} },
      { ...base, action: 'server.stop', outcome: 'success', details: { status: 200 } },
      { ...base, action: 'server.update', outcome: 'attempt', details: { fields: ['environment'] } },
      {
        ...base,
        action: 'server.update',
        outcome: 'success',
        details: { status: 200, changes: [{ field: 'environment.KEY', change: 'set' }] },
      },
    ])
    expect(JSON.stringify(audit.entries)).not.toContain('value-of-it')
    expect(audit.entries[0]?.requestId).toMatch(/^req_/)
  })

  it('that fails says with which code', async () => {
    const { send, audit } = await createTestApi()
    await send('DELETE', '/api/v1/servers/nobody')
    expect(audit.entries.map(({ outcome, details }) => ({ outcome, details }))).toEqual([
      { outcome: 'attempt', details: { force: false } },
      { outcome: 'failure', details: { code: 'server_not_found' } },
    ])
  })

  it('does not happen when it cannot be written down, while reading goes on', async () => {
    const { deploy, send, audit, access } = await createTestApi()
    await deploy('weather', 'v1')
    const tokens = access.listTokens().length
    audit.fail(true)
    const refused = await send('POST', '/api/v1/tokens', { json: { name: 'x', scopes: ['mcp:call'] } })
    expect(refused.status).toBe(503)
    expect(await refused.json()).toMatchObject({ code: 'audit_unavailable' })
    expect(access.listTokens()).toHaveLength(tokens)
    expect((await send('GET', '/api/v1/servers')).status).toBe(200)
    audit.fail(false)
    expect((await send('POST', '/api/v1/tokens', { json: { name: 'x', scopes: ['mcp:call'] } })).status).toBe(
      201,
    )
  })

  it('is known by these words', async () => {
    const { api } = await createTestApi()
    expect(listRouteActions(api.routes)).toEqual(
      expect.arrayContaining([
        'PATCH /api/v1/servers/:name: server.update',
        'DELETE /api/v1/servers/:name: server.delete',
        'POST /api/v1/servers/:name/start: server.start',
        'POST /api/v1/servers/:name/stop: server.stop',
        'POST /api/v1/servers/:name/restart: server.restart',
        'POST /api/v1/servers/:name/rollback: server.rollback',
        'POST /api/v1/servers: server.deploy',
        'POST /api/v1/servers/:name/call: server.call',
        'POST /api/v1/tokens: token.create',
        'DELETE /api/v1/tokens/:id: token.revoke',
        'POST /api/v1/servers/:name/secrets: secret.set',
        'DELETE /api/v1/servers/:name/secrets/:secret: secret.remove',
        'POST /api/v1/secrets/rotate-key: secret.rotate_key',
      ]),
    )
    expect(listToolActions(api.tools)).toEqual(
      expect.arrayContaining([
        'upload_mcp_server: server.deploy',
        'start_mcp_server: server.start',
        'stop_mcp_server: server.stop',
        'restart_mcp_server: server.restart',
        'delete_mcp_server: server.delete',
        'rollback_mcp_server: server.rollback',
        'optimize_server_resources: server.optimize',
        'call_hosted_tool: server.call',
      ]),
    )
  })
})

function listRouteActions(routes: Api['routes']): string[] {
  return routes
    .filter(({ method, needs }) => method !== 'GET' && needs !== 'public')
    .map(({ method, path, action }) => `${method} ${path}: ${action ?? nameAction(method, path)}`)
}

function listToolActions(tools: Api['tools']): string[] {
  return tools.filter((tool) => !tool.annotations.readOnlyHint).map((tool) => `${tool.name}: ${tool.action}`)
}
