/** A body may take minutes to come. Whoever was let in before it, and is not any more, changes nothing with it. */
import { describe, expect, it } from 'vitest'
import { problemSchema } from '../../src/api/schema/common.ts'
import { createTestApi } from '../fakes/api.ts'
import { alice } from '../fakes/hosting.ts'

const PASSWORD = 'four plain words here'

/** A body that is not there before `send` is called. */
function createSlowBody(text: string) {
  let send = () => {}
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      send = () => {
        controller.enqueue(Buffer.from(text))
        controller.close()
      }
    },
  })
  return { body, send: () => send() }
}

async function open() {
  const test = await createTestApi()
  const { record, text } = await test.access.createToken(
    { name: 'leaked', grants: ['admin'], expiresInDays: 1 },
    alice,
  )
  const begin = (path: string, headers: Record<string, string>, json: unknown) => {
    const { body, send } = createSlowBody(typeof json === 'string' ? json : JSON.stringify(json))
    const request = new Request(`http://127.0.0.1:8910${path}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
      duplex: 'half',
    } as RequestInit)
    const answer = test.api.fetch(request, { ip: '127.0.0.1', isSecure: false })
    return { answer, send }
  }
  const revoke = () => test.access.revokeToken(record.id, alice)
  return { ...test, begin, revoke, bearer: { authorization: `Bearer ${text}` } }
}
const pause = () => new Promise((resolve) => setTimeout(resolve, 5))
const codeOf = async (response: Response) => problemSchema.parse(await response.json()).code

it('a token that is revoked while its body comes makes no other token', async () => {
  const { begin, bearer, revoke, access } = await open()
  const { answer, send } = begin('/api/v1/tokens', bearer, { name: 'backdoor', scopes: ['admin'] })
  await pause()
  await revoke()
  send()
  expect(await codeOf(await answer)).toBe('unauthenticated')
  expect(access.listTokens().map(({ name }) => name)).not.toContain('backdoor')
})

it('a person who is removed, or may less, while a body comes makes no account', async () => {
  const { begin, access } = await open()
  const { accounts, sessions } = access
  await accounts.create({ name: 'ada', role: 'admin', password: PASSWORD }, 'local')
  for (const end of [
    (name: string) => accounts.remove(name, 'local'),
    (name: string) => accounts.setRole(name, 'viewer', 'local'),
  ]) {
    const { id, name } = await accounts.create({ name: 'eve', role: 'admin', password: PASSWORD }, 'local')
    const { cookie } = await sessions.open(id, { ip: null, userAgent: null })
    const headers = { cookie: cookie.split(';')[0] ?? '', 'x-haivemind-csrf': '1' }
    const body = { name: 'backdoor', role: 'admin', password: PASSWORD }
    const { answer, send } = begin('/api/v1/users', headers, body)
    await pause()
    await end(name)
    send()
    expect(await codeOf(await answer)).toBe('unauthenticated')
    expect(accounts.find('backdoor')).toBe(null)
    await accounts.remove(name, 'local').catch(() => undefined)
  }
})

it('an upload whose token is revoked deploys nothing, and its archive goes', async () => {
  const test = await open()
  const headers = { ...test.bearer, 'content-type': 'application/zip' }
  const { answer, send } = test.begin('/api/v1/servers?name=weather', headers, './run.sh')
  await pause()
  await test.revoke()
  send()
  expect(await codeOf(await answer)).toBe('unauthenticated')
  expect(await test.hosting.list()).toEqual([])
  expect(test.audit.entries.at(-1)).toMatchObject({ action: 'server.deploy', outcome: 'failure' })
})

it('nor does a message to the platform’s own tools', async () => {
  const { begin, bearer, revoke } = await open()
  const headers = { ...bearer, accept: 'application/json, text/event-stream' }
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'delete_mcp_server' } }
  const { answer, send } = begin('/mcp', headers, call)
  await pause()
  await revoke()
  send()
  expect(await codeOf(await answer)).toBe('unauthenticated')
})

it('an answer about a bad body is short, whatever a stranger invents', async () => {
  const { send } = await createTestApi()
  const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`field${n}`, 0]))
  const stranger = await send('POST', '/api/v1/login', { token: null, json: many })
  expect(await codeOf(stranger)).toBe('body_too_large')
  for (const json of [many, { environment: many }]) {
    const answer = await send('PATCH', '/api/v1/servers/weather', { json })
    const text = await answer.text()
    expect(problemSchema.parse(JSON.parse(text)).code).toBe('invalid_request')
    expect(text.length).toBeLessThan(10_000)
  }
})

describe('a stream of the platform’s own endpoint', () => {
  const VERSION = '2026-07-28'
  const META = 'io.modelcontextprotocol'
  const meta = {
    [`${META}/protocolVersion`]: VERSION,
    [`${META}/clientInfo`]: { name: 'test', version: '1' },
    [`${META}/clientCapabilities`]: {},
  }
  const listen = {
    jsonrpc: '2.0',
    id: 1,
    method: 'subscriptions/listen',
    params: { notifications: { toolsListChanged: true }, _meta: meta },
  }
  const headers = {
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': VERSION,
    'mcp-method': listen.method,
  }
  const openStream = ({ send }: Awaited<ReturnType<typeof createTestApi>>, token: string) =>
    send('POST', '/mcp', { token, headers, json: listen })
  const tokenOf = ({ access }: Awaited<ReturnType<typeof createTestApi>>) =>
    access.createToken({ name: 'leaked', grants: ['servers:read'], expiresInDays: 1 }, alice)

  it('ends with its token', async () => {
    const test = await createTestApi()
    const { record, text } = await tokenOf(test)
    const response = await openStream(test, text)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reader = response.body!.getReader()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toContain('acknowledged')
    await test.access.revokeToken(record.id, alice)
    expect((await reader.read()).done).toBe(true)
  })

  it('is one of so many that a token may have, until its client leaves', async () => {
    const test = await createTestApi()
    const { text } = await tokenOf(test)
    const open = await Promise.all(Array.from({ length: 50 }, () => openStream(test, text)))
    expect(open.map(({ status }) => status)).toEqual(open.map(() => 200))
    expect(await codeOf(await openStream(test, text))).toBe('busy')
    expect((await openStream(test, (await tokenOf(test)).text)).status).toBe(200)
    await open[0]?.body?.cancel()
    expect((await openStream(test, text)).status).toBe(200)
  })
})
