/** The tasks extension of 2026-07-28 at a server that has it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import { startGatewayHost, type GatewayHost } from '../fakes/gateway-host.ts'
import { answerModern, DISCOVERED, MODERN_TRAITS } from '../fakes/modern-server.ts'
import { postModern } from '../fakes/raw-client.ts'
import { answerPlainly, INITIALIZE_RESULT } from '../fakes/scripted-server.ts'
import { createMemoryUpstreams, type Asked, type MemoryUpstreams } from '../fakes/upstreams.ts'

const META = 'io.modelcontextprotocol'
const DECLARED = { _meta: { [`${META}/clientCapabilities`]: { extensions: { [`${META}/tasks`]: {} } } } }

let upstreams: MemoryUpstreams
let host: GatewayHost
let url: string

/** `later` is answered by a task of the given id; the process tells its key when it is asked for one. */
function answerWithTasks(asked: Asked): void {
  const { method, params, key } = asked
  if (method === 'tools/call' && params?.['name'] === 'later') {
    const { id, nested } = params['arguments'] as { id: string; nested?: boolean }
    const task = { taskId: id, status: 'working', ttlMs: 60_000, pollIntervalMs: 10 }
    return asked.respond({ resultType: 'task', ...(nested === true ? { task } : task) })
  }
  if (method.startsWith('tasks/')) {
    const { taskId = null, inputResponses = null } = params ?? {}
    return asked.respond({
      resultType: 'complete',
      taskId,
      inputResponses,
      member: key.member,
      owner: key.owner,
    })
  }
  answerModern(asked)
}

beforeEach(async () => {
  const traits = { ...MODERN_TRAITS, instances: { pool: 2 } }
  upstreams = createMemoryUpstreams(DISCOVERED, answerWithTasks, traits)
  host = await startGatewayHost({
    upstreams,
    tokens: { hvm_all: ['mcp:call'], hvm_other: ['mcp:call'], hvm_later: ['mcp:call:mem:later'] },
  })
  url = host.url('mem')
})
afterEach(() => host.close())

const later = (id: string, more: JsonObject = DECLARED, extra: Record<string, string> = {}) =>
  postModern(url, 'tools/call', { name: 'later', arguments: { id }, ...more }, extra)
const ask = (
  method: string,
  taskId: string,
  more: JsonObject = DECLARED,
  extra: Record<string, string> = {},
) => postModern(url, method, { taskId, ...more }, { 'mcp-name': taskId, ...extra })
const errorOf = ({ json }: { readonly json: JsonObject | undefined }) => json?.['error']

describe('a task', () => {
  it('R96, R95: is passed on as it is, and can be asked for at the process that has it', async () => {
    expect((await later('t1')).json?.['result']).toMatchObject({
      resultType: 'task',
      taskId: 't1',
      status: 'working',
      pollIntervalMs: 10,
    })
    // The other member of the pool is the less busy one now.
    const busy = postModern(url, 'tools/call', { name: 'wait' })
    await expect.poll(() => upstreams.asked.some(({ params }) => params?.['name'] === 'wait')).toBe(true)
    expect((await ask('tasks/get', 't1')).json?.['result']).toMatchObject({ taskId: 't1', member: 0 })
    const answers = { ...DECLARED, inputResponses: { who: { action: 'accept' } } }
    expect((await ask('tasks/update', 't1', answers)).json?.['result']).toMatchObject({
      inputResponses: { who: { action: 'accept' } },
    })
    expect((await ask('tasks/cancel', 't1')).status).toBe(200)
    upstreams.asked.find(({ params }) => params?.['name'] === 'wait')?.respond({ content: [] })
    await busy
  })

  it('R95: is of its principal alone, who learns nothing of others', async () => {
    await later('t1')
    const foreign = errorOf(await ask('tasks/get', 't1', DECLARED, { authorization: 'Bearer hvm_other' }))
    expect(foreign).toMatchObject({ code: -32602 })
    expect(errorOf(await ask('tasks/get', 't2'))).toEqual(foreign)
    expect(upstreams.written.some(({ method }) => method === 'tasks/get')).toBe(false)
  })

  it('R95: is only given to a request that declared it, and under an id of its own', async () => {
    expect(errorOf(await later('t1', {}))).toMatchObject({ code: -32603 })
    expect((await later('t1')).status).toBe(200)
    expect(errorOf(await later('t1'))).toMatchObject({ code: -32603 })
  })

  it('R95: cannot be asked for without declaring the extension', async () => {
    await later('t1')
    const answer = await ask('tasks/get', 't1', {})
    expect([answer.status, errorOf(answer)]).toMatchObject([
      400,
      { code: -32021, data: { requiredCapabilities: { extensions: { [`${META}/tasks`]: {} } } } },
    ])
  })

  it('R21: is named in the header as in the body', async () => {
    await later('t1')
    const answer = await postModern(url, 'tasks/get', { taskId: 't1', ...DECLARED }, { 'mcp-name': 't2' })
    expect([answer.status, errorOf(answer)]).toMatchObject([400, { code: -32020 }])
  })

  it('may be asked for by a token for its tool', async () => {
    const token = { authorization: 'Bearer hvm_later' }
    expect((await later('t1', DECLARED, token)).status).toBe(200)
    expect((await ask('tasks/get', 't1', DECLARED, token)).json?.['result']).toMatchObject({ taskId: 't1' })
  })
})

it('R95, R96: other task methods do not exist, and none at a server without the extension', async () => {
  for (const method of ['tasks/result', 'tasks/list']) {
    expect([method, (await ask(method, 't1')).status]).toEqual([method, 404])
  }
  const plain = await startGatewayHost({ upstreams: createMemoryUpstreams(INITIALIZE_RESULT, answerPlainly) })
  const answer = await postModern(
    plain.url('mem'),
    'tasks/get',
    { taskId: 't1', ...DECLARED },
    { 'mcp-name': 't1' },
  )
  expect([answer.status, errorOf(answer)]).toMatchObject([404, { code: -32601 }])
  await plain.close()
})
