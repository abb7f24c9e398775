/** `/hub/mcp`: several servers behind one endpoint, for clients of every revision. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../src/domain/error.ts'
import type { ServerId } from '../../src/domain/id.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { answerAsking, ASKING } from '../fakes/asking-server.ts'
import { startGatewayHost, type GatewayHost } from '../fakes/gateway-host.ts'
import { joinUpstreams } from '../fakes/many-upstreams.ts'
import { answerModern, DISCOVERED, MODERN_TRAITS } from '../fakes/modern-server.ts'
import { buildModern, openSession, openStream, post, postModern, send } from '../fakes/raw-client.ts'
import { SHARED } from '../fakes/traits.ts'
import { createMemoryUpstreams, type Asked, type MemoryUpstreams } from '../fakes/upstreams.ts'

const TOKENS = {
  hvm_all: ['mcp:call'],
  hvm_git: ['mcp:call:git'],
  hvm_tool: ['mcp:call:git:status', 'mcp:call:svn'],
  hvm_none: ['servers:read'],
}

const RESULT: JsonObject = {
  protocolVersion: '2025-11-25',
  capabilities: {
    tools: { listChanged: true },
    prompts: {},
    resources: { subscribe: true },
    completions: {},
    logging: {},
  },
  serverInfo: { name: 'x', version: '1' },
}

/** A server that says its own name whenever it is asked. */
function answerAs(server: string) {
  return (asked: Asked) => {
    const { method, params } = asked
    const name = params?.['name'] as string
    switch (method) {
      case 'tools/list':
        return asked.respond({
          tools: ['status', 'log', 'search files'].map((name) => ({ name, inputSchema: { type: 'object' } })),
        })
      case 'prompts/list':
        return asked.respond({ prompts: [{ name: 'review' }] })
      case 'resources/list':
        return asked.respond({
          resources: [
            { uri: `${server}://a`, name: 'a' },
            { uri: 'common://x', name: server },
          ],
        })
      case 'resources/templates/list':
        return asked.respond({ resourceTemplates: [{ uriTemplate: `${server}://notes/{id}`, name: 'n' }] })
      case 'tools/call': {
        if (name === 'log') asked.progress(1)
        const link = { type: 'resource_link', uri: `hidden-${server}://z`, name: 'z' }
        return asked.respond({ content: [{ type: 'text', text: `${server}: ${name}` }, link] })
      }
      case 'prompts/get':
        return asked.respond({
          messages: [{ role: 'user', content: { type: 'text', text: `${server}: ${name}` } }],
        })
      case 'resources/read':
        return asked.respond({ contents: [{ uri: params?.['uri'] as string, text: server }] })
      case 'completion/complete':
        return asked.respond({ completion: { values: [server, JSON.stringify(params?.['ref'])] } })
      case 'resources/subscribe':
        return asked.respond({})
      default:
        return asked.fail(-32601, 'Method not found')
    }
  }
}

let git: MemoryUpstreams
let svn: MemoryUpstreams
let asking: MemoryUpstreams
let modern: MemoryUpstreams
let host: GatewayHost
let hub: string

async function startHub(more: Partial<Parameters<typeof startGatewayHost>[0]> = {}): Promise<void> {
  git = createMemoryUpstreams(RESULT, answerAs('git'))
  svn = createMemoryUpstreams(RESULT, answerAs('svn'))
  asking = createMemoryUpstreams(ASKING, answerAsking)
  modern = createMemoryUpstreams(DISCOVERED, answerModern, MODERN_TRAITS)
  host = await startGatewayHost({
    upstreams: joinUpstreams({ svn, modern, git, asking }),
    tokens: TOKENS,
    config: { coalesceMs: 5, hubListMs: 300 },
    ...more,
  })
  hub = `${host.origin}/hub/mcp`
}
beforeEach(() => startHub())
afterEach(() => host.close())

const request = (method: string, params: object = {}, id: string | number = 1) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
})
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
type Answered = { readonly json: JsonObject | undefined }
const resultOf = ({ json }: Answered) => (json?.['result'] ?? {}) as JsonObject
const namesIn = (answer: Answered) =>
  ((resultOf(answer)['tools'] ?? []) as { name: string }[]).map(({ name }) => name)
const textIn = (answer: Answered) => ((resultOf(answer)['content'] ?? []) as { text: string }[])[0]?.text
const GIT_TOOLS = ['git__status', 'git__log', expect.stringMatching(/^git__search_files_[0-9a-f]{12}$/)]
const SVN_TOOLS = ['svn__status', 'svn__log', expect.stringMatching(/^svn__search_files_[0-9a-f]{12}$/)]

describe('tools', () => {
  it('S-104: those of one name on two servers are both there and both reached, in every revision', async () => {
    const names = namesIn(await postModern(hub, 'tools/list'))
    expect(names.filter((name) => name.endsWith('status'))).toEqual(['git__status', 'svn__status'])
    for (const server of ['git', 'svn']) {
      const answer = await postModern(hub, 'tools/call', { name: `${server}__status`, arguments: {} })
      expect(textIn(answer)).toBe(`${server}: status`)
    }
    for (const version of ['2025-03-26', '2025-06-18', '2025-11-25']) {
      const { headers } = await openSession(hub, version)
      const listed = await post(hub, request('tools/list'), headers)
      expect(namesIn(listed)).toEqual(names)
      for (const server of ['git', 'svn']) {
        const answer = await post(hub, request('tools/call', { name: `${server}__status` }), headers)
        expect(textIn(answer)).toBe(`${server}: status`)
      }
    }
  })

  it('R155: names are of 128 characters that every client takes, and lead to what they stand for', async () => {
    const names = namesIn(await postModern(hub, 'tools/list'))
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_.-]{1,128}$/)
    expect(new Set(names).size).toBe(names.length)
    const name = names.find((each) => each.startsWith('svn__search'))
    expect(textIn(await postModern(hub, 'tools/call', { name: name ?? '' }))).toBe('svn: search files')
    expect(namesIn(await postModern(host.url('git'), 'tools/list'))).toContain('search files')
  })

  it('are listed by the name of the server, private and for no time', async () => {
    const answer = await postModern(hub, 'tools/list')
    expect(namesIn(answer)).toEqual([
      ...['two', 'together', 'read', 'write', 'sign_in', 'roots', 'tools', 'late', 'plain'].map(
        (name) => `asking__${name}`,
      ),
      ...GIT_TOOLS,
      ...['echo', 'wait', 'count', 'odd', 'region'].map((name) => `modern__${name}`),
      ...SVN_TOOLS,
    ])
    expect(answer.json?.['result']).toMatchObject({ ttlMs: 0, cacheScope: 'private', resultType: 'complete' })
  })

  it('are recorded under their server and their own name', async () => {
    await postModern(hub, 'tools/call', { name: 'git__status' })
    await host.gateway.close()
    expect(host.calls.filter(({ method }) => method === 'tools/call')).toMatchObject([
      { serverId: 'srv_git', tool: 'status', principalId: 'token:hvm_all' },
    ])
  })

  it('nothing is reached by a name that is none', async () => {
    for (const name of ['status', 'git__', 'nobody__x', '__status', 'git__x_0123456789ab']) {
      const answer = await postModern(hub, 'tools/call', { name })
      expect(answer.json?.['error']).toMatchObject({ code: -32602 })
    }
  })
})

describe('who may', () => {
  it('sees what is granted, and is told what would be needed', async () => {
    expect(namesIn(await postModern(hub, 'tools/list', {}, bearer('hvm_git')))).toEqual(GIT_TOOLS)
    expect(namesIn(await postModern(hub, 'tools/list', {}, bearer('hvm_tool')))).toEqual([
      'git__status',
      ...SVN_TOOLS,
    ])
    for (const [token, name, scope] of [
      ['hvm_git', 'svn__status', 'mcp:call:svn:status'],
      ['hvm_git', 'nobody__x', 'mcp:call:nobody:x'],
      ['hvm_tool', 'git__log', 'mcp:call:git:log'],
    ] as const) {
      const answer = await postModern(hub, 'tools/call', { name }, bearer(token))
      expect(answer.status).toBe(403)
      expect(answer.headers.get('www-authenticate')).toContain(`scope="${scope}"`)
      const { headers } = await openSession(hub, '2025-11-25', bearer(token))
      const refused = await post(hub, request('tools/call', { name }), { ...headers, ...bearer(token) })
      expect(refused.status).toBe(403)
      expect(refused.headers.get('www-authenticate')).toContain(`scope="${scope}"`)
    }
    expect(git.written.filter(({ method }) => method === 'tools/call')).toEqual([])
  })

  it('R142: nobody without any server', async () => {
    const answer = await postModern(hub, 'tools/list', {}, bearer('hvm_none'))
    expect(answer.status).toBe(403)
    expect(answer.headers.get('www-authenticate')).toContain('scope="mcp:call"')
    expect((await postModern(hub, 'tools/list', {}, { authorization: undefined })).status).toBe(401)
  })

  it('chooses among them in the URL', async () => {
    const url = `${hub}?servers=svn,nobody`
    expect(namesIn(await postModern(url, 'tools/list'))).toEqual(SVN_TOOLS)
    const answer = await postModern(url, 'tools/call', { name: 'git__status' })
    expect(answer.json?.['error']).toMatchObject({ code: -32602 })
    expect((await postModern(`${hub}?servers=A`, 'tools/list')).status).toBe(400)
  })

  it('of single tools gets nothing else of that server', async () => {
    const listed = await postModern(hub, 'prompts/list', {}, bearer('hvm_tool'))
    expect(listed.json?.['result']).toMatchObject({ prompts: [{ name: 'svn__review' }] })
    const got = await postModern(hub, 'prompts/get', { name: 'git__review' }, bearer('hvm_tool'))
    expect(got.json?.['error']).toMatchObject({ code: -32602 })
    const read = await postModern(hub, 'resources/read', { uri: 'git://a' }, bearer('hvm_tool'))
    expect(read.json?.['error']).toMatchObject({ code: -32602 })
  })
})

const ASKED = { elicitation: { form: {} } }

describe('a server that asks its client', () => {
  it('R71: gets answers of a client of 2026-07-28 under the state of that server only', async () => {
    const params = {
      name: 'asking__read',
      arguments: {},
      _meta: { 'io.modelcontextprotocol/clientCapabilities': ASKED },
    }
    const asked = resultOf(await postModern(hub, 'tools/call', params))
    expect(asked['resultType']).toBe('input_required')
    const [key = ''] = Object.keys(asked['inputRequests'] as JsonObject)
    const retry = {
      requestState: asked['requestState'] as string,
      inputResponses: { [key]: { action: 'accept', content: { value: 'yes' } } },
    }
    const elsewhere = await postModern(hub, 'tools/call', { ...params, ...retry, name: 'git__status' })
    expect(elsewhere.json?.['error']).toMatchObject({ code: -32602 })
    expect(textIn(await postModern(hub, 'tools/call', { ...params, ...retry }))).toBe('yes')
  })

  it('R110: asks in the session of a client of an earlier revision', async () => {
    const { headers } = await openSession(hub, '2025-11-25', {}, ASKED)
    const stream = await openStream(hub, {
      method: 'POST',
      body: request('tools/call', { name: 'asking__read' }, 7),
      headers,
    })
    const question = await vi.waitFor(() => {
      const found = stream.events.find(({ method }) => method === 'elicitation/create')
      expect(found).toBeDefined()
      return found
    })
    const answer = { action: 'accept', content: { value: 'sure' } }
    await post(hub, { jsonrpc: '2.0', id: question?.['id'], result: answer }, headers)
    await stream.ended
    expect(stream.events.at(-1)).toMatchObject({ id: 7, result: { content: [{ text: 'sure' }] } })
  })

  it('R155: the state of a server of 2026-07-28 is sealed with its name', async () => {
    await host.close()
    const ask = (asked: Asked) => {
      const state = asked.params?.['requestState']
      if (asked.method === 'tools/list') return asked.respond({ resultType: 'complete', tools: [] })
      if (state === undefined) return asked.respond({ resultType: 'input_required', requestState: 'own' })
      asked.respond({ resultType: 'complete', content: [{ type: 'text', text: state }] })
    }
    const one = createMemoryUpstreams(DISCOVERED, ask, MODERN_TRAITS)
    const two = createMemoryUpstreams(DISCOVERED, ask, MODERN_TRAITS)
    await startHub({ upstreams: joinUpstreams({ one, two }) })
    const asked = resultOf(await postModern(hub, 'tools/call', { name: 'one__x' }))
    const requestState = asked['requestState'] as string
    expect(requestState).not.toContain('own')
    expect(textIn(await postModern(hub, 'tools/call', { name: 'one__x', requestState }))).toBe('own')
    for (const wrong of [
      { name: 'two__x', requestState },
      { name: 'one__x', requestState: 'own' },
    ]) {
      expect((await postModern(hub, 'tools/call', wrong)).json?.['error']).toMatchObject({ code: -32602 })
    }
  })
})

describe('prompts, resources, completion', () => {
  it('go to the server whose list they came from, in both generations', async () => {
    const { headers } = await openSession(hub)
    const ask = async (method: string, params: JsonObject) => {
      const now = resultOf(await postModern(hub, method, params))
      const before = resultOf(await post(hub, request(method, params), headers))
      expect(now).toMatchObject(before)
      return before
    }
    expect(await ask('prompts/list', {})).toEqual({
      prompts: [{ name: 'git__review' }, { name: 'svn__review' }],
    })
    expect(await ask('prompts/get', { name: 'svn__review' })).toMatchObject({
      messages: [{ content: { text: 'svn: review' } }],
    })
    const listed = (await ask('resources/list', {}))['resources'] as JsonObject[]
    expect(listed.map(({ uri, name }) => [uri, name])).toEqual([
      ['git://a', 'a'],
      ['common://x', 'git'],
      ['svn://a', 'a'],
    ])
    await ask('tools/call', { name: 'svn__status' })
    for (const [uri, server] of [
      ['svn://a', 'svn'],
      ['common://x', 'git'],
      ['git://notes/7', 'git'],
      ['hidden-svn://z', 'svn'],
    ] as const) {
      expect(await ask('resources/read', { uri })).toMatchObject({ contents: [{ uri, text: server }] })
    }
    const argument = { name: 'a', value: '' }
    for (const [ref, values] of [
      [{ type: 'ref/prompt', name: 'svn__review' }, ['svn', '{"type":"ref/prompt","name":"review"}']],
      [{ type: 'ref/resource', uri: 'git://notes/{id}' }, ['git', expect.any(String)]],
    ] as const) {
      expect(await ask('completion/complete', { ref, argument })).toEqual({ completion: { values } })
    }
    const missing = await post(hub, request('resources/read', { uri: 'nobody://a' }), headers)
    expect(missing.json?.['error']).toMatchObject({ code: -32002 })
  })

  it('progress and cancelling are those of the server’s call', async () => {
    const { headers } = await openSession(hub)
    const params = { name: 'git__log', _meta: { progressToken: 'p' } }
    const answer = await post(hub, request('tools/call', params), headers)
    expect(answer.events[0]).toMatchObject({
      method: 'notifications/progress',
      params: { progressToken: 'p' },
    })
    const waiting = post(hub, request('tools/call', { name: 'modern__wait' }, 9), headers)
    await vi.waitFor(() => expect(modern.asked.map(({ method }) => method)).toContain('tools/call'))
    await post(hub, { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 9 } }, headers)
    await waiting
    await vi.waitFor(() =>
      expect(modern.written).toContainEqual(expect.objectContaining({ method: 'notifications/cancelled' })),
    )
  })
})

describe('servers that are slow or not there', () => {
  const missingIn = (answer: Answered) =>
    (resultOf(answer)['_meta'] as JsonObject)['haivemind/missing_servers']

  it('are missing in lists, and said to be; the others’ lists come', async () => {
    await host.close()
    git = createMemoryUpstreams(RESULT, answerAs('git'))
    const dead = createMemoryUpstreams(RESULT, answerAs('dead'))
    const slow = createMemoryUpstreams(RESULT)
    dead.crash(new AppError('server_not_running', 'It is stopped.'))
    await startHub({ upstreams: joinUpstreams({ slow, git, dead }) })
    const answer = await postModern(hub, 'tools/list')
    expect(namesIn(answer)).toHaveLength(3)
    expect(missingIn(answer)).toMatchObject([
      { server: 'dead', code: 'server_not_running' },
      { server: 'slow', code: 'call_timeout' },
    ])
    const call = await postModern(hub, 'tools/call', { name: 'dead__status' })
    expect(call.json?.['error']).toMatchObject({
      message: expect.stringContaining('dead'),
      data: { code: 'server_not_running', server: 'dead' },
    })
  })

  it('are announced when they come, and used when they answered late', async () => {
    await host.close()
    const late = createMemoryUpstreams(RESULT)
    const dead = createMemoryUpstreams(RESULT, answerAs('dead'))
    dead.crash(new AppError('server_not_running', 'It is stopped.'))
    await startHub({ upstreams: joinUpstreams({ late, dead }) })
    const { headers } = await openSession(hub)
    const stream = await openStream(hub, { method: 'GET', headers })
    const list = () => post(hub, request('tools/list'), headers)
    expect(namesIn(await list())).toEqual([])
    late.asked
      .find(({ method }) => method === 'tools/list')
      ?.respond({ tools: [{ name: 'x', inputSchema: { type: 'object' } }] })
    const heard = () =>
      stream.events.filter(({ method }) => method === 'notifications/tools/list_changed').length
    await vi.waitFor(() => expect(heard()).toBe(1))
    expect(namesIn(await list())).toEqual(['late__x'])
    dead.recover()
    host.gateway.meet('srv_dead' as ServerId)
    await vi.waitFor(() => expect(heard()).toBe(2))
    expect(namesIn(await list())).toHaveLength(4)
    stream.abort()
  })
})

it('a token that is revoked while a server is slow gets no list', async () => {
  await host.close()
  const slow = createMemoryUpstreams(RESULT)
  git = createMemoryUpstreams(RESULT, answerAs('git'))
  await startHub({ upstreams: joinUpstreams({ git, slow }) })
  const { headers } = await openSession(hub)
  const answers = [post(hub, request('tools/list'), headers), postModern(hub, 'tools/list')]
  await vi.waitFor(() => expect(slow.asked).toHaveLength(2))
  host.revoke('hvm_all')
  for (const { text } of await Promise.all(answers)) {
    expect(text).toContain('revoked')
    expect(text).not.toContain('git__')
  }
})

describe('what servers announce', () => {
  it('R133: changed lists of all of them come to both generations', async () => {
    const { headers } = await openSession(hub)
    await post(hub, request('tools/list'), headers)
    const before = await openStream(hub, { method: 'GET', headers })
    const { body, headers: own } = buildModern('subscriptions/listen', {
      notifications: { toolsListChanged: true },
    })
    const now = await openStream(hub, { method: 'POST', body, headers: own })
    await vi.waitFor(() => expect(now.events).toHaveLength(1))
    for (const [server, count] of [
      [git, 1],
      [svn, 2],
    ] as const) {
      server.emit('notifications/tools/list_changed')
      await vi.waitFor(() => {
        for (const { events } of [before, now]) {
          const heard = events.filter(({ method }) => method === 'notifications/tools/list_changed')
          expect(heard).toHaveLength(count)
        }
      })
    }
    before.abort()
    now.abort()
  })

  it('subscriptions go to the server of the resource, also after a restart of the platform', async () => {
    const { headers } = await openSession(hub)
    const subscribed = await post(hub, request('resources/subscribe', { uri: 'svn://a' }), headers)
    expect(subscribed.json?.['result']).toEqual({})
    const update = async (heard: number) => {
      const stream = await openStream(hub, { method: 'GET', headers })
      await post(hub, request('ping'), headers)
      await vi.waitFor(() => {
        git.emit('notifications/resources/updated', { uri: 'svn://a', from: 'git' })
        svn.emit('notifications/resources/updated', { uri: 'svn://a', from: 'svn' })
        const updates = stream.events.filter(({ method }) => method === 'notifications/resources/updated')
        expect(updates.length).toBeGreaterThanOrEqual(heard)
        for (const { params } of updates) expect(params).toMatchObject({ from: 'svn' })
      })
      stream.abort()
    }
    await update(1)
    const { sessions } = host
    await host.close()
    await startHub({ sessions, generation: 2 })
    await update(1)
    const subscribes = svn.written.filter(({ method }) => method === 'resources/subscribe')
    expect(subscribes).toHaveLength(1)
  })

  it('a session with a process of its own at a server hears that one, and ends it', async () => {
    await host.close()
    const own = createMemoryUpstreams(RESULT, answerAs('own'), { ...SHARED, instances: 'per_session' })
    await startHub({ upstreams: joinUpstreams({ own }) })
    const { headers } = await openSession(hub, '2025-11-25', {}, ASKED)
    await post(hub, request('tools/call', { name: 'own__status' }), headers)
    const stream = await openStream(hub, { method: 'GET', headers })
    const answered = own.push('elicitation/create', { message: 'who?', requestedSchema: { type: 'object' } })
    const question = await vi.waitFor(() => {
      const found = stream.events.find(({ method }) => method === 'elicitation/create')
      expect(found).toBeDefined()
      return found
    })
    await post(hub, { jsonrpc: '2.0', id: question?.['id'], result: { action: 'decline' } }, headers)
    expect((await answered)['result']).toEqual({ action: 'decline' })
    expect((await send(hub, 'DELETE', headers)).status).toBe(204)
    expect(own.released).toHaveLength(1)
  })
})

it('long lists come in pages', async () => {
  await host.close()
  const tools = Array.from({ length: 700 }, (_, at) => ({ name: `t${at}`, inputSchema: { type: 'object' } }))
  const script = (asked: Asked) => asked.respond({ tools })
  const servers = { a: createMemoryUpstreams(RESULT, script), b: createMemoryUpstreams(RESULT, script) }
  await startHub({ upstreams: joinUpstreams(servers) })
  const names: string[] = []
  let cursor: string | undefined
  let pages = 0
  do {
    const page = resultOf(await postModern(hub, 'tools/list', cursor === undefined ? {} : { cursor }))
    names.push(...(page['tools'] as { name: string }[]).map(({ name }) => name))
    cursor = page['nextCursor'] as string | undefined
    pages++
  } while (cursor !== undefined && pages < 9)
  expect(names).toEqual(['a', 'b'].flatMap((server) => tools.map(({ name }) => `${server}__${name}`)))
  expect(pages).toBe(3)
  for (const wrong of ['x', '', 'e30', 'y'.repeat(300)]) {
    const answer = await postModern(hub, 'tools/list', { cursor: wrong })
    expect(answer.json?.['error']).toMatchObject({ code: -32602 })
  }
})

it('R140, R143: the hub is a resource of its own', async () => {
  await host.close()
  const seen: string[] = []
  await startHub({
    resourceServer: {
      metadataUrl: ({ path }) => `https://h/.well-known/oauth-protected-resource${path}`,
      findScope: (grant) => grant,
    },
    onIdentify: (path) => void seen.push(path),
  })
  const answer = await postModern(hub, 'tools/list', {}, { authorization: undefined })
  expect(answer.headers.get('www-authenticate')).toBe(
    'Bearer scope="mcp:call", resource_metadata="https://h/.well-known/oauth-protected-resource/hub/mcp"',
  )
  await postModern(host.url('git'), 'tools/list')
  expect(seen).toEqual(['/hub/mcp', '/servers/git/mcp'])
})
