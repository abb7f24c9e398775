/** Sessions whose process is lost: they go on with the next one, or end with it (`on_session_loss`). */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../src/domain/error.ts'
import type { SessionLoss } from '../../src/domain/server-traits.ts'
import { startGatewayHost, TOKEN, type GatewayHost } from '../fakes/gateway-host.ts'
import { openSession, openStream, post, send } from '../fakes/raw-client.ts'
import { answerPlainly, INITIALIZE_RESULT } from '../fakes/scripted-server.ts'
import { SHARED } from '../fakes/traits.ts'
import { createMemoryUpstreams, type MemoryUpstreams } from '../fakes/upstreams.ts'

let upstreams: MemoryUpstreams
let host: GatewayHost
let url: string

async function setUp(onSessionLoss: SessionLoss) {
  upstreams = createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly, { ...SHARED, onSessionLoss })
  host = await startGatewayHost({ upstreams, config: { coalesceMs: 5 } })
  url = host.url('mem')
}
async function restartPlatform() {
  await host.close()
  host = await startGatewayHost({
    upstreams,
    sessions: host.sessions,
    config: { coalesceMs: 5 },
    generation: 2,
  })
  url = host.url('mem')
}
afterEach(() => host.close())

const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo' } }

describe('resume', () => {
  it('R135: the session goes on with the next process, and hears that its lists may differ', async () => {
    await setUp('resume')
    const { headers } = await openSession(url)
    await post(url, { jsonrpc: '2.0', id: 2, method: 'logging/setLevel', params: { level: 'info' } }, headers)
    upstreams.crash()
    expect((await post(url, call, headers)).json).toMatchObject({ id: 1, result: {} })
    const stream = await openStream(url, { method: 'GET', headers })
    await vi.waitFor(() => {
      expect(stream.events.map(({ method }) => method)).toEqual([
        'notifications/tools/list_changed',
        'notifications/resources/list_changed',
      ])
    })
    const levels = upstreams.written.filter(({ method }) => method === 'logging/setLevel')
    expect(levels).toHaveLength(2)
    stream.abort()
  })

  it('R135: also when the process was lost while no platform ran', async () => {
    await setUp('resume')
    const { headers } = await openSession(url)
    await host.close()
    upstreams.crash()
    await restartPlatform()
    const stream = await openStream(url, { method: 'GET', headers })
    expect((await post(url, call, headers)).status).toBe(200)
    await vi.waitFor(() => expect(stream.events).toHaveLength(2))
    stream.abort()
  })

  it('nothing has changed for a session whose process outlived the platform', async () => {
    await setUp('resume')
    const { headers } = await openSession(url)
    await restartPlatform()
    const stream = await openStream(url, { method: 'GET', headers })
    expect((await post(url, call, headers)).status).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(stream.events).toEqual([])
    stream.abort()
  })
})

describe('404', () => {
  it('the session ends with its process: its stream, its row, and its id', async () => {
    await setUp('404')
    const { headers } = await openSession(url)
    const stream = await openStream(url, { method: 'GET', headers })
    upstreams.crash()
    await stream.ended
    expect(host.sessions.size).toBe(0)
    const answer = await post(url, call, headers)
    expect(answer.status).toBe(404)
    expect(answer.json).toMatchObject({ id: 1, error: { code: 404 } })
    const again = await openSession(url)
    expect((await post(url, call, again.headers)).status).toBe(200)
  })

  it('a session over HTTP+SSE ends with its stream', async () => {
    await setUp('404')
    const stream = await openStream(`${host.origin}/servers/mem/sse`, { method: 'GET' })
    await vi.waitFor(() => expect(stream.text()).toMatch(/^data: \//m))
    const path = /^data: (.*)$/m.exec(stream.text())?.[1]
    const params = {
      protocolVersion: '2024-11-05',
      capabilities: {},
      clientInfo: { name: 'o', version: '1' },
    }
    await post(`${host.origin}${path}`, { jsonrpc: '2.0', id: 0, method: 'initialize', params })
    await vi.waitFor(() => expect(stream.events).toHaveLength(1))
    upstreams.crash()
    await stream.ended
    expect((await post(`${host.origin}${path}`, call)).status).toBe(404)
  })

  it('a session lives on where the process outlived the platform', async () => {
    await setUp('404')
    const { headers } = await openSession(url)
    await restartPlatform()
    expect((await post(url, call, headers)).status).toBe(200)
    expect(host.sessions.size).toBe(1)
  })

  it('no call of it reaches another process when its own was lost while no platform ran', async () => {
    await setUp('404')
    const { headers } = await openSession(url)
    const other = await openSession(url)
    await host.close()
    upstreams.crash()
    await restartPlatform()
    expect((await post(url, call, headers)).status).toBe(404)
    expect((await send(url, 'GET', { ...other.headers, accept: 'text/event-stream' })).status).toBe(404)
    expect(upstreams.written.some(({ method }) => method === 'tools/call')).toBe(false)
    expect(host.sessions.size).toBe(0)
  })

  it('while it is not known whether the process is there, the answer is why', async () => {
    await setUp('404')
    const { headers } = await openSession(url)
    await host.close()
    upstreams.crash(new AppError('server_not_running', 'mem is stopped'))
    await restartPlatform()
    const answer = await post(url, call, headers)
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({
      id: 1,
      error: { code: -32603, data: { code: 'server_not_running' } },
    })
    expect(host.sessions.size).toBe(1)
    expect((await send(url, 'DELETE', headers)).status).toBe(204)
  })
})

describe('a platform that is still taking over what an earlier one left', () => {
  it('K-9: lets requests wait, since no server is known yet and a session would be taken for ended', async () => {
    await setUp('resume')
    const { headers } = await openSession(url)
    await host.close()
    const recovered = Promise.withResolvers<void>()
    let known = false
    const findByName = (name: string) => (known ? upstreams.findByName(name) : null)
    const tokens = { [TOKEN]: ['mcp:call'], hvm_late: ['mcp:call'] }
    host = await startGatewayHost({
      upstreams: { ...upstreams, findByName },
      sessions: host.sessions,
      generation: 2,
      recovered: recovered.promise,
      tokens,
    })
    url = host.url('mem')
    expect((await post(url, call, { authorization: undefined })).status).toBe(401)
    const waiting = post(url, call, headers)
    const revoked = post(url, call, { ...headers, authorization: 'Bearer hvm_late' })
    await vi.waitFor(() => expect(host.authenticated).toHaveLength(2))
    host.revoke('hvm_late')
    known = true
    recovered.resolve()
    expect(await waiting).toMatchObject({ status: 200, json: { id: 1, result: {} } })
    expect((await revoked).status).toBe(401)
  })
})
