/** `/mcp` as clients that this project did not write see it. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterEach, describe, expect, it } from 'vitest'
import { createTestApi } from '../fakes/api.ts'
import { alice } from '../fakes/hosting.ts'

type TestApi = Awaited<ReturnType<typeof createTestApi>>
type Result = {
  readonly isError?: boolean | undefined
  readonly content: readonly { readonly type: string; readonly text?: string }[]
  readonly structuredContent?: unknown
  readonly _meta?: Record<string, unknown> | undefined
}
type AnyClient = {
  listTools(): Promise<{ tools: { name: string; outputSchema?: unknown; annotations?: unknown }[] }>
  callTool(request: { name: string; arguments: Record<string, unknown> }): Promise<unknown>
  close(): Promise<void>
}

const URL_OF_MCP = new URL('http://127.0.0.1:8910/mcp')
const open: AnyClient[] = []
afterEach(async () => {
  for (const client of open.splice(0)) await client.close()
})

const CLIENTS = {
  '2.x, modern': async ({ api }: TestApi, token: string): Promise<AnyClient> => {
    const client = new Client(
      { name: 'test', version: '1' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    )
    await client.connect(new StreamableHTTPClientTransport(URL_OF_MCP, transportOptions(api, token)))
    return client as AnyClient
  },
  '2.x, legacy': async ({ api }: TestApi, token: string): Promise<AnyClient> => {
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'legacy' } })
    await client.connect(new StreamableHTTPClientTransport(URL_OF_MCP, transportOptions(api, token)))
    return client as AnyClient
  },
  '1.x': async ({ api }: TestApi, token: string): Promise<AnyClient> => {
    const client = new OldClient({ name: 'test', version: '1' })
    const transport = new OldTransport(URL_OF_MCP, transportOptions(api, token))
    await client.connect(transport as Parameters<OldClient['connect']>[0])
    return client as AnyClient
  },
} as const

function transportOptions(api: TestApi['api'], token: string) {
  return {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
    fetch: (url: string | URL | Request, init?: RequestInit) => api.fetch(new Request(url, init)),
  }
}

async function connect(kind: keyof typeof CLIENTS, test: TestApi, token = test.token): Promise<AnyClient> {
  const client = await CLIENTS[kind](test, token)
  open.push(client)
  return client
}

const call = async (client: AnyClient, name: string, args: Record<string, unknown> = {}) =>
  (await client.callTool({ name, arguments: args })) as Result
const textOf = ({ content }: Result) => content.map(({ text }) => text ?? '').join('\n')
const archive = (text: string) => Buffer.from(text).toString('base64')

describe.each(Object.keys(CLIENTS) as (keyof typeof CLIENTS)[])('/mcp with the client %s', (kind) => {
  it('offers the hosting tools with schemas and annotations', async () => {
    const client = await connect(kind, await createTestApi())
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name).sort()).toEqual([
      'apply_recommendation',
      'approve_mcp_server',
      'broadcast_discovery',
      'call_hosted_tool',
      'cancel_operation',
      'clean_up_hosting',
      'compare_mcp_server_versions',
      'create_backup',
      'delete_mcp_server',
      'delete_mcp_server_version',
      'delete_notification_channel',
      'dismiss_recommendation',
      'get_broadcasts',
      'get_client_setup',
      'get_hosted_prompt',
      'get_hosting_config',
      'get_hosting_incident',
      'get_hosting_log',
      'get_hosting_samples',
      'get_hosting_stats',
      'get_hosting_system',
      'get_mcp_server_findings',
      'get_mcp_server_health',
      'get_mcp_server_logs',
      'get_mcp_server_metrics',
      'get_mcp_server_pins',
      'get_mcp_server_samples',
      'get_mcp_server_status',
      'get_memory_stats',
      'get_operation',
      'get_recent_memories',
      'get_security_overview',
      'hive_pull',
      'list_attention',
      'list_audit_records',
      'list_backups',
      'list_cleanup',
      'list_hosted_prompts',
      'list_hosted_resources',
      'list_hosted_tools',
      'list_hosting_events',
      'list_hosting_incidents',
      'list_mcp_server_versions',
      'list_mcp_servers',
      'list_memory_sources',
      'list_notification_channels',
      'list_notifications',
      'list_operations',
      'list_recommendations',
      'list_suppressed_findings',
      'list_tool_states',
      'optimize_server_resources',
      'read_hosted_resource',
      'recall_memories',
      'record_incident',
      'reload_hosting_config',
      'remove_suppression',
      'restart_mcp_server',
      'restore_mcp_server',
      'retrieve_memory',
      'rollback_mcp_server',
      'scan_mcp_archive',
      'search_mcp_server_logs',
      'search_memories',
      'set_hosted_tool',
      'start_mcp_server',
      'stop_mcp_server',
      'store_memory',
      'suppress_finding',
      'test_client_connection',
      'test_notification_channel',
      'update_mcp_server',
      'update_notification_channel',
      'upload_mcp_server',
      'verify_audit_log',
    ])
    expect(tools.filter(({ outputSchema, annotations }) => !outputSchema || !annotations)).toEqual([])
  })

  it('U-18: is told as a client that came, once', async () => {
    const test = await createTestApi()
    const client = await connect(kind, test)
    await call(client, 'list_mcp_servers')
    await call(client, 'list_mcp_servers')
    const events = (await test.store.events.listLatest(50)).map(({ event }) => event)
    expect(events.filter(({ type }) => type === 'client.connected')).toEqual([
      expect.objectContaining({ server: null, endpoint: 'platform', client: 'test', version: '1' }),
    ])
  })

  it('changes settings, and shows pins, tools, events, findings that do not count, and the audit log', async () => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const client = await connect(kind, test)
    const weather = { name: 'weather' }
    const update = (settings: Record<string, unknown>) =>
      call(client, 'update_mcp_server', { ...weather, settings })
    expect(await update({ egress: ['api.example'], pin: 'block' })).toMatchObject({
      structuredContent: { changed: ['egress', 'pin'], restart_required: true },
    })
    expect(await update({ egress: ['10.0.0.1'] })).toMatchObject({ isError: true })
    expect((await test.hosting.get('weather')).config?.egress).toEqual(['api.example'])
    expect(await call(client, 'get_mcp_server_pins', weather)).toMatchObject({
      structuredContent: { server: 'weather', pin: 'block', drift: [] },
    })
    expect(textOf(await call(client, 'list_hosted_tools', weather))).toContain('- add')
    expect(textOf(await call(client, 'list_hosting_events', { limit: 5 }))).toContain('server.updated')
    expect(await call(client, 'get_hosting_system')).toMatchObject({ structuredContent: { tier: 'strong' } })

    const fingerprint = '0123456789abcdef0123456789abcdef'
    await call(client, 'suppress_finding', { fingerprint, reason: 'a test key', days: 3 })
    expect(textOf(await call(client, 'list_suppressed_findings'))).toContain('a test key')
    expect(await call(client, 'remove_suppression', { fingerprint })).toMatchObject({
      structuredContent: { deleted: true },
    })
    expect(await call(client, 'remove_suppression', { fingerprint })).toMatchObject({
      _meta: { 'haivemind/error': { code: 'suppression_not_found' } },
    })
    expect(await call(client, 'verify_audit_log')).toMatchObject({ structuredContent: { ok: true } })
    expect(await call(client, 'list_audit_records', { limit: 5 })).not.toHaveProperty('isError')
    expect(test.audit.entries.map(({ via, action, outcome }) => `${via} ${action} ${outcome}`)).toEqual(
      expect.arrayContaining(['mcp server.update success', 'mcp suppression.delete failure']),
    )
    expect(test.defects).toEqual([])
  })

  it('says of a held version what comes next', async () => {
    const client = await connect(kind, await createTestApi())
    const held = await call(client, 'upload_mcp_server', {
      name: 'weather',
      archive_base64: archive('suspicious'),
    })
    expect(textOf(held)).toContain('releases it with approve_mcp_server')
    expect(textOf(held)).toContain('get_mcp_server_findings')
  })

  it('writes down that an administrator read a log', async () => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const client = await connect(kind, test)
    await call(client, 'get_mcp_server_logs', { name: 'weather' })
    expect(test.audit.noted).toMatchObject([
      { via: 'mcp', action: 'server.log.read', resource: 'server:weather', outcome: 'success' },
    ])
  })

  it('carries a server from upload to deletion', async () => {
    const test = await createTestApi()
    const client = await connect(kind, test)
    const uploaded = await call(client, 'upload_mcp_server', {
      name: 'weather',
      archive_base64: archive('./run.sh'),
    })
    expect(textOf(uploaded)).toContain('uploaded successfully')
    expect(uploaded).toMatchObject({ structuredContent: { name: 'weather', status: 'succeeded' } })

    const list = await call(client, 'list_mcp_servers')
    expect(textOf(list)).toContain('Hosted MCP Servers (1)')
    expect(list).toMatchObject({ structuredContent: { servers: [{ name: 'weather', status: 'running' }] } })

    const used = await call(client, 'call_hosted_tool', { name: 'weather', tool: 'add', arguments: { a: 1 } })
    expect(textOf(used)).toBe('add {"a":1}')

    const refused = await call(client, 'delete_mcp_server', { server_id: 'weather' })
    expect(refused).toMatchObject({ isError: true, _meta: { 'haivemind/error': { code: 'conflict' } } })
    const stopped = await call(client, 'stop_mcp_server', { server_id: 'weather' })
    expect(stopped).toMatchObject({ structuredContent: { status: 'stopped' } })
    await call(client, 'delete_mcp_server', { server_id: 'weather' })
    expect(await test.hosting.list()).toEqual([])
  })

  it('has a tool for everything that can be done with a server', async () => {
    const test = await createTestApi()
    const first = await test.deploy('weather', './one.sh')
    await test.deploy('weather', './two.sh')
    const { id } = (await test.hosting.get('weather')).server
    test.logs.add(id, 'sunny')
    const client = await connect(kind, test)
    const weather = { server_id: id }

    expect(await call(client, 'get_operation', { operation_id: first.id })).toMatchObject({
      structuredContent: { status: 'succeeded', version: 1 },
    })
    expect(await call(client, 'list_mcp_server_versions', weather)).toMatchObject({
      structuredContent: {
        items: [
          { number: 2, active: true },
          { number: 1, active: false },
        ],
      },
    })
    expect(await call(client, 'rollback_mcp_server', weather)).toMatchObject({
      structuredContent: { version: 1, status: 'running', command: ['./one.sh'] },
    })
    expect(await call(client, 'restart_mcp_server', weather)).toMatchObject({
      structuredContent: { status: 'running' },
    })
    expect(await call(client, 'stop_mcp_server', weather)).toMatchObject({
      structuredContent: { status: 'stopped', desired: 'stopped' },
    })
    expect(await call(client, 'start_mcp_server', weather)).toMatchObject({
      structuredContent: { status: 'running', uptime_seconds: 0 },
    })
    expect(await call(client, 'get_mcp_server_status', weather)).toMatchObject({
      structuredContent: { name: 'weather', instance: { tier: 'strong' } },
    })
    const logs = await call(client, 'get_mcp_server_logs', { ...weather, lines: 5 })
    expect(logs).toMatchObject({ structuredContent: { items: [{ text: 'sunny' }] } })
    expect(textOf(logs)).toContain('stderr sunny')
    expect(await call(client, 'delete_mcp_server', { ...weather, force: true })).toMatchObject({
      structuredContent: { name: 'weather', id, deleted: true },
    })
    expect(test.defects).toEqual([])
  })

  it('takes an archive of nearly 3 MiB', async () => {
    const test = await createTestApi({ maxUploadBytes: 10_000_000 })
    const client = await connect(kind, test)
    const uploaded = await call(client, 'upload_mcp_server', {
      name: 'weather',
      archive_base64: archive(`./run.sh ${'x'.repeat(3_000_000)}`),
    })
    expect(uploaded).toMatchObject({ structuredContent: { status: 'succeeded' } })
  })

  it('marks a failure with code and hint, never as success', async () => {
    const client = await connect(kind, await createTestApi())
    const failed = await call(client, 'upload_mcp_server', { name: 'bad', archive_base64: archive('reject') })
    expect(failed.isError).toBe(true)
    expect(textOf(failed)).toBe(
      'Error archive_rejected: validate: ZIP_NAME: the entry "../x" leaves.\n' +
        'Hint: Pack it again with haivemind pack; the message names the entry and the rule.',
    )
    const missing = await call(client, 'start_mcp_server', { server_id: 'nobody' })
    expect(missing).toMatchObject({
      isError: true,
      _meta: { 'haivemind/error': { code: 'server_not_found' } },
    })
  })

  it('says what it measured, or that it measured too little', async () => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const client = await connect(kind, test)
    expect(textOf(await call(client, 'get_hosting_stats'))).toContain('MCP Hosting Statistics')
    const advice = await call(client, 'optimize_server_resources')
    expect(textOf(advice)).toContain('Server Optimization: 1 analyzed')
    expect(advice).toMatchObject({
      structuredContent: {
        recommendations: [],
        skipped: [{ server: 'weather', resource: 'memory_mb', why: 'nothing measured yet' }, {}, {}, {}],
      },
    })
  })

  it('holds each tool to its scope', async () => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const { text } = await test.access.createToken(
      { name: 'reader', grants: ['servers:read'], expiresInDays: 1 },
      alice,
    )
    const client = await connect(kind, test, text)
    expect(await call(client, 'get_mcp_server_status', { name: 'weather' })).toMatchObject({
      structuredContent: { status: 'running' },
    })
    for (const [name, args] of [
      ['stop_mcp_server', { name: 'weather' }],
      ['delete_mcp_server', { name: 'weather' }],
      ['get_mcp_server_logs', { name: 'weather' }],
      ['upload_mcp_server', { name: 'other', archive_base64: archive('./run.sh') }],
      ['call_hosted_tool', { name: 'weather', tool: 'add' }],
      ['optimize_server_resources', { apply: true }],
    ] as const) {
      expect(await call(client, name, args)).toMatchObject({
        isError: true,
        _meta: { 'haivemind/error': { code: 'forbidden' } },
      })
    }
  })
})

describe('/mcp', () => {
  it('refuses what this release does not have, by its name', async () => {
    const client = await connect('2.x, modern', await createTestApi())
    for (const setting of [{ upload_id: 'u' }]) {
      const refused = await call(client, 'upload_mcp_server', {
        name: 'weather',
        archive_base64: archive('./run.sh'),
        ...setting,
      })
      expect(refused).toMatchObject({
        isError: true,
        _meta: { 'haivemind/error': { code: 'unsupported_setting' } },
      })
      expect(textOf(refused)).toContain(Object.keys(setting)[0])
    }
  })

  it('takes an archive from a URL, or as base64, never both', async () => {
    const url = 'https://example.com/weather.zip'
    const archives = { [url]: Buffer.from(archive('./run.sh'), 'base64') }
    const client = await connect('2.x, modern', await createTestApi({ archives }))
    const upload = (args: Record<string, unknown>) =>
      call(client, 'upload_mcp_server', { name: 'weather', ...args })
    expect(await upload({ archive_url: url })).toMatchObject({ structuredContent: { status: 'succeeded' } })
    expect(textOf(await upload({ archive_url: 'https://example.com/other' }))).toContain('Error fetch_failed')
    expect(textOf(await upload({}))).toContain('Error invalid_request')
    expect(textOf(await upload({ archive_url: url, archive_base64: archive('./run.sh') }))).toContain(
      'Error invalid_request',
    )
  })

  it('refuses a request of more than 4 MiB before it is a call', async () => {
    const { send } = await createTestApi()
    const response = await send('POST', '/mcp', {
      json: { jsonrpc: '2.0', id: 1, method: 'ping', params: { x: 'x'.repeat(4 * 1024 * 1024) } },
      headers: { accept: 'application/json, text/event-stream' },
    })
    expect(response.status).toBe(413)
  })
})

describe('/mcp before the protocol begins', () => {
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
  }
  const headers = { accept: 'application/json, text/event-stream' }

  it('wants a token', async () => {
    const { send } = await createTestApi()
    const response = await send('POST', '/mcp', { token: null, json: initialize, headers })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="haivemind"')
    expect(await response.json()).toMatchObject({ code: 'unauthenticated' })
  })

  it('is closed to a token that may only call a hosted server', async () => {
    const { send, access } = await createTestApi()
    const { text } = await access.createToken(
      { name: 'caller', grants: ['mcp:call:weather'], expiresInDays: 1 },
      alice,
    )
    const response = await send('POST', '/mcp', { token: text, json: initialize, headers })
    expect(response.status).toBe(403)
  })

  it('gives a session to nobody but its owner, and ends it with the token', async () => {
    const { send, access } = await createTestApi()
    const make = (name: string) =>
      access.createToken({ name, grants: ['servers:read'], expiresInDays: 1 }, alice)
    const [bob, eve] = [await make('bob'), await make('eve')]
    const opened = await send('POST', '/mcp', { token: bob.text, json: initialize, headers })
    const session = { ...headers, 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
    const ping = { jsonrpc: '2.0', id: 2, method: 'ping' }
    const ask = (token: string) => send('POST', '/mcp', { token, json: ping, headers: session })
    expect((await ask(bob.text)).status).toBe(200)
    expect((await ask(eve.text)).status).toBe(404)
    await access.revokeToken(bob.record.id, alice)
    expect((await ask(bob.text)).status).toBe(401)
  })

  it('ends the oldest of a token that opens too many, and none of another', async () => {
    const { send, access } = await createTestApi()
    const make = async (name: string) =>
      (await access.createToken({ name, grants: ['servers:read'], expiresInDays: 1 }, alice)).text
    const [bob, eve] = [await make('bob'), await make('eve')]
    const openOne = async (token: string) => {
      const opened = await send('POST', '/mcp', { token, json: initialize, headers })
      return { ...headers, 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
    }
    const ask = async (token: string, session: Record<string, string>) =>
      (
        await send('POST', '/mcp', {
          token,
          json: { jsonrpc: '2.0', id: 2, method: 'ping' },
          headers: session,
        })
      ).status
    const bobs = await openOne(bob)
    const eves: Record<string, string>[] = []
    for (let n = 0; n < 51; n++) eves.push(await openOne(eve))
    expect(await ask(bob, bobs)).toBe(200)
    expect(await ask(eve, eves[0]!)).toBe(404)
    expect(await ask(eve, eves[1]!)).toBe(200)
    expect(await ask(eve, eves[50]!)).toBe(200)
  })
})

/** Route → the tool that does the same, or why there is none. */
const COUNTERPARTS: Readonly<Record<string, string>> = {
  'GET /api/v1/servers': 'list_mcp_servers',
  'POST /api/v1/servers': 'upload_mcp_server',
  'GET /api/v1/servers/:name': 'get_mcp_server_status',
  'PATCH /api/v1/servers/:name': 'update_mcp_server',
  'DELETE /api/v1/servers/:name': 'delete_mcp_server',
  'POST /api/v1/servers/:name/start': 'start_mcp_server',
  'POST /api/v1/servers/:name/stop': 'stop_mcp_server',
  'POST /api/v1/servers/:name/restart': 'restart_mcp_server',
  'POST /api/v1/servers/:name/restore': 'restore_mcp_server',
  'POST /api/v1/servers/:name/rollback': 'rollback_mcp_server',
  'GET /api/v1/servers/:name/health': 'get_mcp_server_health',
  'GET /api/v1/servers/:name/metrics': 'get_mcp_server_metrics',
  'GET /api/v1/servers/:name/samples': 'get_mcp_server_samples',
  'GET /api/v1/samples': 'get_hosting_samples',
  'GET /api/v1/servers/:name/versions': 'list_mcp_server_versions',
  'GET /api/v1/servers/:name/versions/compare': 'compare_mcp_server_versions',
  'DELETE /api/v1/servers/:name/versions/:version': 'delete_mcp_server_version',
  'GET /api/v1/servers/:name/pins': 'get_mcp_server_pins',
  'POST /api/v1/servers/:name/pins/approve': 'none: the text to judge may be written to mislead a model',
  'GET /api/v1/servers/:name/clients': 'get_client_setup',
  'POST /api/v1/servers/:name/clients/test': 'test_client_connection',
  'GET /api/v1/attention': 'list_attention',
  'GET /api/v1/hub/clients': 'get_client_setup',
  'GET /api/v1/mcp/clients': 'get_client_setup',
  'GET /api/v1/servers/:name/logs': 'get_mcp_server_logs',
  'GET /api/v1/servers/:name/logs/search': 'search_mcp_server_logs',
  'GET /api/v1/servers/:name/logs/download': 'none: it has no end that a model could read',
  'GET /api/v1/servers/:name/tools': 'list_hosted_tools',
  'GET /api/v1/servers/:name/resources': 'list_hosted_resources',
  'GET /api/v1/servers/:name/resources/read': 'read_hosted_resource',
  'GET /api/v1/servers/:name/prompts': 'list_hosted_prompts',
  'POST /api/v1/servers/:name/prompts/:prompt/get': 'get_hosted_prompt',
  'GET /api/v1/servers/:name/tool-states': 'list_tool_states',
  'PATCH /api/v1/servers/:name/tools/:tool': 'set_hosted_tool',
  'POST /api/v1/servers/:name/call': 'call_hosted_tool',
  'GET /api/v1/operations': 'list_operations',
  'GET /api/v1/operations/:id': 'get_operation',
  'POST /api/v1/operations/:id/cancel': 'cancel_operation',
  'GET /api/v1/events': 'list_hosting_events',
  'GET /api/v1/stats': 'get_hosting_stats',
  'GET /api/v1/system': 'get_hosting_system',
  'POST /api/v1/scan': 'scan_mcp_archive',
  'GET /api/v1/security': 'get_security_overview',
  'GET /api/v1/servers/:name/findings': 'get_mcp_server_findings',
  'POST /api/v1/servers/:name/approve': 'approve_mcp_server',
  'GET /api/v1/suppressions': 'list_suppressed_findings',
  'POST /api/v1/suppressions': 'suppress_finding',
  'DELETE /api/v1/suppressions/:fingerprint': 'remove_suppression',
  'GET /api/v1/audit': 'list_audit_records',
  'GET /api/v1/audit/export': 'none: it has no end that a model could read',
  'GET /api/v1/audit/verify': 'verify_audit_log',
  'GET /api/v1/memories': 'search_memories',
  'POST /api/v1/memories': 'store_memory',
  'GET /api/v1/memories/:id': 'retrieve_memory',
  'GET /api/v1/memories/stats': 'get_memory_stats',
  'GET /api/v1/memories/changes': 'hive_pull',
  'GET /api/v1/memories/recall': 'recall_memories',
  'GET /api/v1/memories/export': 'none: it has no end that a model could read',
  'POST /api/v1/memories/import': 'none: it says who wrote what, and when',
  'GET /api/v1/incidents': 'list_hosting_incidents',
  'GET /api/v1/incidents/:id': 'get_hosting_incident',
  'POST /api/v1/optimize': 'optimize_server_resources',
  'GET /api/v1/recommendations': 'list_recommendations',
  'POST /api/v1/recommendations/:id/apply': 'apply_recommendation',
  'POST /api/v1/recommendations/:id/dismiss': 'dismiss_recommendation',
  'GET /api/v1/cleanup': 'list_cleanup',
  'POST /api/v1/cleanup': 'clean_up_hosting',
  'GET /api/v1/backups': 'list_backups',
  'POST /api/v1/backups': 'create_backup',
  'GET /api/v1/notifications': 'list_notifications',
  'GET /api/v1/notifications/channels': 'list_notification_channels',
  'POST /api/v1/notifications/channels':
    'none: where it leads is a secret, and a way out for what a model knows',
  'PATCH /api/v1/notifications/channels/:id': 'update_notification_channel',
  'DELETE /api/v1/notifications/channels/:id': 'delete_notification_channel',
  'POST /api/v1/notifications/channels/:id/test': 'test_notification_channel',
  'GET /api/v1/config': 'get_hosting_config',
  'POST /api/v1/config/reload': 'reload_hosting_config',
  'GET /api/v1/system/log': 'get_hosting_log',
}
/** What a model must not see or hand out: secrets, and who comes in. */
const KEPT_FROM_MODELS =
  /^\w+ \/api\/v1\/(?:servers\/:name\/secrets|secrets|tokens|users|sessions|setup|login|logout|me)(?:\/|$)/

it('has a tool for each route, but for secrets and for who comes in', async () => {
  const { api } = await createTestApi()
  const routes = api.routes
    .map(({ method, path }) => `${method} ${path}`)
    .filter((key) => key.includes(' /api/v1/') && !KEPT_FROM_MODELS.test(key))
  expect(routes.toSorted()).toEqual(Object.keys(COUNTERPARTS).toSorted())
  // One tool may do what several routes do.
  const named = [...new Set(Object.values(COUNTERPARTS))].filter((name) => !name.startsWith('none: '))
  // Other looks at, and other words for, what the routes of memories do.
  const memory = [
    'get_recent_memories',
    'list_memory_sources',
    'record_incident',
    'broadcast_discovery',
    'get_broadcasts',
  ]
  const extra = [...memory]
  expect(api.tools.map(({ name }) => name).toSorted()).toEqual([...named, ...extra].toSorted())
})
