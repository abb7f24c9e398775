/** `/hub/mcp`: several servers behind one endpoint, for clients of every revision. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import { answerAsking, ASKING } from '../fakes/asking-server.ts'
import { startGatewayHost, type GatewayHost } from '../fakes/gateway-host.ts'
import { joinUpstreams } from '../fakes/many-upstreams.ts'
import { answerModern, DISCOVERED, MODERN_TRAITS } from '../fakes/modern-server.ts'
import { openSession, post, postModern } from '../fakes/raw-client.ts'
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
