/** The platform managed from outside: `/mcp` with clients of both eras, and the REST API, over real connections. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildZip } from '../../src/domain/zip.ts'
import { connectV1, connectV2, type Session } from './clients.ts'
import { ROOT, startPlatform, type Platform } from './platform.ts'
import { buildServer } from './servers.ts'

let platform: Platform
let token = ''
beforeAll(async () => {
  platform = await startPlatform()
  token = await platform.token('admin', 'mcp:call')
})
afterAll(async () => platform[Symbol.asyncDispose]())

const api = (path: string, init: RequestInit = {}, as = token) =>
  fetch(`${platform.url}/api/v1${path}`, {
    ...init,
    headers: { authorization: `Bearer ${as}`, ...(init.headers as Record<string, string>) },
  })

const file = (path: string, data: Uint8Array) => ({ path, data, mode: 0o644 })

async function packExample(): Promise<Uint8Array> {
  const read = (name: string) => readFile(join(ROOT, 'examples/bash-toolbox', name))
  return buildZip([
    file('server.sh', await read('server.sh')),
    file('server_config.json', await read('server_config.json')),
  ])
}

const CLIENTS: Readonly<Record<string, () => Promise<Session>>> = {
  '2.x on 2026-07-28': () => connectV2(`${platform.url}/mcp`, token, '2026-07-28'),
  '2.x with a session': () => connectV2(`${platform.url}/mcp`, token, 'legacy'),
  '1.x': () => connectV1(`${platform.url}/mcp`, token),
}

describe('/mcp', () => {
  it.each(Object.entries(CLIENTS))(
    'takes a server from upload to deletion with the client %s',
    async (_, connect) => {
      const session = await connect()
      const archive_base64 = Buffer.from(await packExample()).toString('base64')
      const uploaded = await session.call('upload_mcp_server', { name: 'toolbox', archive_base64 })
      expect(uploaded.text).toContain('uploaded successfully')
      const used = await session.call('call_hosted_tool', {
        name: 'toolbox',
        tool: 'text_stats',
        arguments: { text: 'one two three' },
      })
      expect(used).toMatchObject({ isError: false })
      expect(used.text).toContain('3')
      expect((await session.call('get_mcp_server_logs', { server_id: 'toolbox' })).text).toContain('is ready')
      expect((await session.call('get_hosting_stats', {})).text).toContain('1 running')
      const refused = await session.call('delete_mcp_server', { server_id: 'toolbox' })
      expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining('Error conflict')])
      expect((await session.call('stop_mcp_server', { server_id: 'toolbox' })).structured).toMatchObject({
        status: 'stopped',
        instance: null,
      })
      await session.call('delete_mcp_server', { server_id: 'toolbox' })
      expect((await session.call('list_mcp_servers', {})).text).toBe('Hosted MCP Servers (0)')
      await session.close()
    },
  )

  it('answers the failure of a server with its last words', async () => {
    const session = await connectV2(`${platform.url}/mcp`, token, '2026-07-28')
    const config = JSON.stringify({ command: ['bash', 'server.sh'], max_restarts: 0 })
    const zip = await buildZip([
      file('server.sh', Buffer.from('echo "the key is missing" >&2\nexit 3\n')),
      file('server_config.json', Buffer.from(config)),
    ])
    const archive_base64 = Buffer.from(zip).toString('base64')
    const failed = await session.call('upload_mcp_server', { name: 'broken', archive_base64 })
    expect(failed.isError).toBe(true)
    expect(failed.text).toMatch(/Error start_failed: start: [\s\S]*Hint: [\s\S]*the key is missing/)
    await session.call('delete_mcp_server', { server_id: 'broken', force: true })
    await session.close()
  })
})

describe('the REST API', () => {
  it('deploys what curl would send, and follows it to its end', async () => {
    const form = new FormData()
    const zip = await buildZip([
      file('server.sh', Buffer.from(buildServer())),
      file('server_config.json', Buffer.from('{"command":["bash","server.sh"]}')),
    ])
    form.set('archive', new File([new Uint8Array(zip)], 'x.zip'))
    form.set('config', JSON.stringify({ name: 'rest', environment: { KEY: 'canary-51c' } }))
    const accepted = await api('/servers', { method: 'POST', body: form })
    expect(accepted.status).toBe(202)
    const { id } = (await accepted.json()) as { id: string }
    const ended = await (await api(`/operations/${id}?wait=30`)).json()
    expect(ended).toMatchObject({ status: 'succeeded', server_detail: { name: 'rest', status: 'running' } })
    const shown = await (await api('/servers/rest')).text()
    expect(shown).toContain('"environment":["KEY"]')
    expect(shown).not.toContain('canary-51c')
    const called = await api('/servers/rest/call', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tool: 'act' }),
    })
    expect(await called.json()).toEqual({ content: [{ type: 'text', text: 'hello' }] })
  })

  it('streams events, resumes them, and ends the stream with its token', async () => {
    const made = await api('/tokens', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'reader', scopes: ['servers:read'] }),
    })
    const reader = (await made.json()) as { id: string; token: string }
    const stream = { headers: { accept: 'text/event-stream', 'last-event-id': '0' } }
    const response = await api('/events', stream, reader.token)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    await sleep(100)
    expect((await api(`/tokens/${reader.id}`, { method: 'DELETE' })).status).toBe(200)
    // The body ends by itself: revoked means closed, not merely refused from now on.
    const text = await response.text()
    expect(text).toContain('event: server.created')
    expect(text).not.toContain('token.created')
    expect((await api('/events', {}, reader.token)).status).toBe(401)
  })

  it('answers a page of another site, a strange Host and an unknown path with problems', async () => {
    const foreign = await api('/servers', { headers: { origin: 'https://evil.example' } })
    expect([foreign.status, foreign.headers.get('content-type')]).toEqual([403, 'application/problem+json'])
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
    const unknown = await api('/nothing')
    expect(await unknown.json()).toMatchObject({ status: 404, code: 'route_not_found' })
    expect((await fetch(`${platform.url}/api/v1/servers`)).status).toBe(401)
  })
})
