/** The REST API in memory: a function from requests to answers. */
import { describe, expect, it } from 'vitest'
import { AppError, ERRORS } from '../../src/domain/error.ts'
import type { Route } from '../../src/api/route.ts'
import { problemSchema } from '../../src/api/schema/common.ts'
import { createTestApi } from '../fakes/api.ts'
import { alice } from '../fakes/hosting.ts'

type TestApi = Awaited<ReturnType<typeof createTestApi>>

function formOf(text: string, config?: unknown): FormData {
  const form = new FormData()
  if (config !== undefined) form.set('config', typeof config === 'string' ? config : JSON.stringify(config))
  form.set('archive', new File([text], 'server.zip'))
  return form
}

async function tokenWith({ access }: TestApi, ...grants: string[]): Promise<{ text: string; id: string }> {
  const { text, record } = await access.createToken({ name: 'test', grants, expiresInDays: 1 }, alice)
  return { text, id: record.id }
}

/** A path that the route's pattern takes. */
const pathOf = ({ path }: Route) => path.replace(':name', 'weather').replace(':id', 'op_x')

/** Reads a stream until `enough` says so, and lets go of it. */
async function readUntil(response: Response, enough: (text: string) => boolean): Promise<string> {
  let text = ''
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  while (!enough(text)) {
    const { value, done } = await reader.read()
    if (done) break
    text += value
  }
  await reader.cancel()
  return text
}

describe('the routes', () => {
  it('are described by the schemas that validate, every one', async () => {
    const { api, send } = await createTestApi()
    const document = (await (await send('GET', '/api/openapi.json', { token: null })).json()) as {
      openapi: string
      paths: Record<string, Record<string, Record<string, unknown>>>
    }
    expect(document.openapi).toBe('3.1.0')
    for (const { method, path, needs } of api.routes) {
      const operation = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
      expect(operation?.['summary'], `${method} ${path}`).toBeTruthy()
      expect(operation?.['x-scope']).toBe(['public', 'authenticated'].includes(needs) ? undefined : needs)
    }
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map((one) => one['operationId']),
    )
    expect(new Set(ids).size).toBe(api.routes.length)
    expect(JSON.stringify(document.paths['/api/v1/servers/{name}'])).toContain('memory_mb')
  })
})

describe('answers', () => {
  it('match the schema of their route', async () => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const { id } = await test.deploy('broken', 'broken')
    const server = await test.hosting.get('weather')
    test.logs.add(server.server.id, 'hello')
    const asked: readonly [Route['method'], string, string, unknown?][] = [
      ['GET', '/api/v1/servers', '/api/v1/servers'],
      ['GET', '/api/v1/servers/:name', '/api/v1/servers/weather'],
      ['GET', '/api/v1/servers/:name', '/api/v1/servers/broken'],
      ['PATCH', '/api/v1/servers/:name', '/api/v1/servers/weather', { description: 'x' }],
      ['POST', '/api/v1/servers/:name/stop', '/api/v1/servers/weather/stop'],
      ['POST', '/api/v1/servers/:name/start', '/api/v1/servers/weather/start'],
      ['POST', '/api/v1/servers/:name/restart', '/api/v1/servers/weather/restart'],
      ['GET', '/api/v1/servers/:name/metrics', '/api/v1/servers/weather/metrics?seconds=60'],
      ['GET', '/api/v1/servers/:name/health', '/api/v1/servers/weather/health'],
      ['GET', '/api/v1/servers/:name/versions', '/api/v1/servers/weather/versions'],
      ['GET', '/api/v1/servers/:name/logs', '/api/v1/servers/weather/logs'],
      ['GET', '/api/v1/servers/:name/tools', '/api/v1/servers/weather/tools'],
      ['GET', '/api/v1/servers/:name/resources', '/api/v1/servers/weather/resources'],
      ['GET', '/api/v1/servers/:name/resources/read', '/api/v1/servers/weather/resources/read?uri=a%3Ab'],
      ['GET', '/api/v1/servers/:name/prompts', '/api/v1/servers/weather/prompts'],
      [
        'POST',
        '/api/v1/servers/:name/prompts/:prompt/get',
        '/api/v1/servers/weather/prompts/greet/get',
        { arguments: { who: 'Ada' } },
      ],
      ['POST', '/api/v1/servers/:name/call', '/api/v1/servers/weather/call', { tool: 'add' }],
      ['GET', '/api/v1/operations/:id', `/api/v1/operations/${id}`],
      ['GET', '/api/v1/events', '/api/v1/events'],
      ['GET', '/api/v1/stats', '/api/v1/stats'],
      ['GET', '/api/v1/system', '/api/v1/system'],
      ['POST', '/api/v1/tokens', '/api/v1/tokens', { name: 'ci', scopes: ['mcp:call:weather:add'] }],
      ['GET', '/api/v1/tokens', '/api/v1/tokens'],
      ['GET', '/api/v1/audit', '/api/v1/audit?limit=3&outcome=success&since=2026-01-01T00:00:00Z'],
      ['GET', '/api/v1/audit/verify', '/api/v1/audit/verify'],
      ['DELETE', '/api/v1/servers/:name', '/api/v1/servers/weather?force=true'],
    ]
    for (const [method, pattern, path, json] of asked) {
      const route = test.api.routes.find((one) => one.method === method && one.path === pattern)
      const response = await test.send(method, path, json === undefined ? {} : { json })
      const body: unknown = await response.json()
      expect(response.status, `${method} ${path} ${JSON.stringify(body)}`).toBe(route?.status ?? 200)
      const parsed = route?.response.safeParse(body)
      expect(parsed?.error, `${method} ${path}`).toBeUndefined()
      // Nothing beyond the schema: what is not described is not sent.
      expect(parsed?.data).toEqual(body)
    }
    expect(test.defects).toEqual([])
  })

  it('never show the value of a variable', async () => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const canary = 'canary-7f3a'
    const patched = await test.send('PATCH', '/api/v1/servers/weather', {
      json: { environment: { KEY: canary } },
    })
    const answers = await Promise.all(
      ['/servers', '/servers/weather', '/servers/weather/versions', '/events', '/stats'].map(async (path) =>
        (await test.send('GET', `/api/v1${path}`)).text(),
      ),
    )
    expect([await patched.text(), ...answers].filter((text) => text.includes(canary))).toEqual([])
    expect(answers[1]).toContain('"environment":["GREETING","KEY"]')
  })

  it('carry the headers that close a browser out', async () => {
    const { send } = await createTestApi()
    for (const path of ['/', '/healthz', '/api/v1/servers', '/nothing']) {
      const { headers } = await send('GET', path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('x-request-id')).toMatch(/^req_/)
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it('are constant for those who have no token', async () => {
    const { send } = await createTestApi()
    expect(await (await send('GET', '/healthz', { token: null })).text()).toBe('ok\n')
    expect(await (await send('GET', '/readyz', { token: null })).text()).toBe('ok\n')
    expect(await (await send('GET', '/', { token: null })).text()).toContain('/api/openapi.json')
    const head = await send('HEAD', '/healthz', { token: null })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it('page through servers, stable while others come and go', async () => {
    const test = await createTestApi()
    for (const name of ['a', 'c', 'd', 'f']) await test.deploy(name, './run.sh', false)
    const page = async (query: string) =>
      (await (await test.send('GET', `/api/v1/servers?limit=2${query}`)).json()) as {
        items: { name: string }[]
        next_cursor: string | null
      }
    const first = await page('')
    expect(first.items.map(({ name }) => name)).toEqual(['a', 'c'])
    await test.deploy('b', './run.sh', false)
    await test.hosting.delete('c', { force: false }, alice)
    const second = await page(`&cursor=${first.next_cursor}`)
    expect(second.items.map(({ name }) => name)).toEqual(['d', 'f'])
    expect(second.next_cursor).toBeNull()
    expect((await test.send('GET', '/api/v1/servers?cursor=%20')).status).toBe(400)
  })
})

describe('errors', () => {
  const cases: readonly [string, string, string, object | undefined, number, string][] = [
    ['an unknown path', 'GET', '/api/v1/nothing', undefined, 404, 'route_not_found'],
    ['a wrong method', 'DELETE', '/api/v1/servers', undefined, 405, 'method_not_allowed'],
    ['OPTIONS, since there is no CORS', 'OPTIONS', '/api/v1/servers', undefined, 405, 'method_not_allowed'],
    ['an unknown server', 'GET', '/api/v1/servers/nobody', undefined, 404, 'server_not_found'],
    ['an unknown operation', 'GET', '/api/v1/operations/op_x', undefined, 404, 'operation_not_found'],
    ['an unknown token', 'DELETE', '/api/v1/tokens/tok_x', undefined, 404, 'token_not_found'],
    ['an unknown query field', 'GET', '/api/v1/servers?colour=red', undefined, 400, 'invalid_request'],
    ['a query field twice', 'GET', '/api/v1/servers?limit=1&limit=2', undefined, 400, 'invalid_request'],
    ['a query field out of range', 'GET', '/api/v1/servers?limit=0', undefined, 400, 'invalid_request'],
    ['an unknown body field', 'PATCH', '/api/v1/servers/weather', { memory: 1 }, 400, 'invalid_request'],
    [
      'a body field of the wrong type',
      'PATCH',
      '/api/v1/servers/weather',
      { tags: 'x' },
      400,
      'invalid_request',
    ],
    [
      'a variable that changes which code runs',
      'PATCH',
      '/api/v1/servers/weather',
      { environment: { LD_PRELOAD: 'x' } },
      400,
      'invalid_request',
    ],
    ['a tag of two lines', 'PATCH', '/api/v1/servers/weather', { tags: ['a\nb'] }, 400, 'invalid_request'],
    [
      'a scope that does not exist',
      'POST',
      '/api/v1/tokens',
      { name: 'x', scopes: ['root'] },
      400,
      'invalid_request',
    ],
    [
      'a call of a stopped server',
      'GET',
      '/api/v1/servers/stopped/tools',
      undefined,
      409,
      'server_not_running',
    ],
    ['deleting what runs', 'DELETE', '/api/v1/servers/weather', undefined, 409, 'conflict'],
    [
      'a version that is not there',
      'POST',
      '/api/v1/servers/weather/rollback',
      { version: 9 },
      404,
      'version_not_found',
    ],
    ['starting what does not start', 'POST', '/api/v1/servers/broken/start', undefined, 422, 'start_failed'],
    [
      'a call that the token is not for',
      'POST',
      '/api/v1/servers/weather/call',
      { tool: 'subtract' },
      403,
      'forbidden',
    ],
  ]

  it.each(cases)('are problems: %s', async (_, method, path, json, status, code) => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    await test.deploy('stopped', './run.sh', false)
    await test.deploy('broken', 'broken')
    const { text: token } = await tokenWith(
      test,
      'admin',
      code === 'forbidden' ? 'mcp:call:weather:add' : 'mcp:call',
    )
    const response = await test.send(method, path, { token, ...(json === undefined ? {} : { json }) })
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    const problem = problemSchema.strict().parse(await response.json())
    expect([response.status, problem.status, problem.code]).toEqual([status, status, code])
    expect(problem.request_id).toBe(response.headers.get('x-request-id'))
    expect(problem.instance).toBe(path.split('?')[0])
    expect(problem.title).toBe(ERRORS[problem.code].title)
    expect(problem.hint).not.toBe('')
    expect(response.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD, POST' : null)
    expect(test.defects).toEqual([])
  })

  it('name the field that is wrong', async () => {
    const { send, deploy } = await createTestApi()
    await deploy('weather', './run.sh')
    const response = await send('PATCH', '/api/v1/servers/weather', {
      json: { resource_limits: { memory_mb: 1, cpu: 2 } },
    })
    expect(await response.json()).toMatchObject({
      errors: [
        { path: 'body.resource_limits.memory_mb' },
        { path: 'body.resource_limits.cpu', message: 'is not known here' },
      ],
    })
  })

  it.each([
    ['no JSON', '{"a":', 'application/json', 400],
    ['another type', '{}', 'text/plain', 415],
    ['too deep', '['.repeat(70) + ']'.repeat(70), 'application/json', 400],
    ['too big', `"${'x'.repeat(1024 * 1024)}"`, 'application/json', 413],
  ])('refuse a body that is %s', async (_, body, type, status) => {
    const { send } = await createTestApi()
    expect((await send('POST', '/api/v1/tokens', { body, headers: { 'content-type': type } })).status).toBe(
      status,
    )
  })

  it('say nothing of a defect but its request id', async () => {
    const test = await createTestApi()
    test.store.close()
    const response = await test.send('GET', '/api/v1/servers')
    const problem = problemSchema.parse(await response.json())
    expect([response.status, problem.code]).toEqual([500, 'internal'])
    expect(problem.detail).toBe(ERRORS.internal.title)
    expect(test.defects).toHaveLength(1)
  })

  it('say that the platform starts or stops, on every path that does work', async () => {
    const { api, send, setReady } = await createTestApi()
    setReady(false)
    const paths = [...api.routes.filter(({ needs }) => needs !== 'public').map(pathOf), '/mcp']
    for (const path of paths) {
      const response = await send(path === '/mcp' ? 'POST' : 'GET', path)
      if (response.status === 405) continue
      const { code } = (await response.json()) as { code: string }
      expect([path, response.status, code, response.headers.get('retry-after')]).toEqual([
        path,
        503,
        'not_ready',
        '1',
      ])
    }
    expect((await send('GET', '/readyz')).status).toBe(503)
    expect((await send('GET', '/healthz')).status).toBe(200)
  })

  it('come before everything else for a Host that is not served', async () => {
    const test = await createTestApi()
    test.refuse(new AppError('host_refused', 'The host "evil.example" is not served here.'))
    for (const path of ['/', '/healthz', '/mcp', '/api/v1/servers']) {
      expect((await test.send('GET', path)).status).toBe(421)
    }
  })
})

describe('deploying over the API', () => {
  it('takes multipart and ends with a running server', async () => {
    const { send, defects } = await createTestApi()
    const accepted = await send('POST', '/api/v1/servers', { body: formOf('./run.sh', { name: 'weather' }) })
    expect(accepted.status).toBe(202)
    const operation = await send('GET', `${accepted.headers.get('location')}?wait=10`)
    expect(await operation.json()).toMatchObject({
      name: 'weather',
      status: 'succeeded',
      version: 1,
      error: null,
      server_detail: { name: 'weather', status: 'running', command: ['./run.sh'] },
    })
    expect(await (await send('GET', '/api/v1/servers')).json()).toMatchObject({
      total: 1,
      items: [{ name: 'weather', endpoint: 'http://127.0.0.1:8910/servers/weather/mcp' }],
    })
    expect(defects).toEqual([])
  })

  it('takes the archive alone, with the name in the query', async () => {
    const { send, hosting } = await createTestApi()
    const response = await send('POST', '/api/v1/servers?name=weather&start=false', {
      body: './run.sh',
      headers: { 'content-type': 'application/zip' },
    })
    expect(response.status).toBe(202)
    await send('GET', `${response.headers.get('location')}?wait=10`)
    expect(await hosting.get('weather')).toMatchObject({ state: { kind: 'stopped' }, version: { number: 1 } })
  })

  it('fetches the archive that a JSON body names', async () => {
    const url = 'https://example.com/weather.zip'
    const { send, hosting } = await createTestApi({ archives: { [url]: Buffer.from('./run.sh') } })
    const json = { archive_url: url, config: { name: 'weather' } }
    const accepted = await send('POST', '/api/v1/servers', { json })
    expect(accepted.status).toBe(202)
    await send('GET', `${accepted.headers.get('location')}?wait=10`)
    expect(await hosting.get('weather')).toMatchObject({ state: { kind: 'running' } })
    const refused = await send('POST', '/api/v1/servers', { json: { archive_url: 'https://example.com/no' } })
    expect([refused.status, await refused.json()]).toMatchObject([502, { code: 'fetch_failed' }])
    const wrong = await send('POST', '/api/v1/servers', { json: { archive_url: url, archive: 'x' } })
    expect(wrong.status).toBe(400)
  })

  it.each([
    ['too big, and says so first', () => ({ body: formOf('x'.repeat(2_000_000)) }), 413, 'body_too_large'],
    ['too big, found while it comes', () => ({ body: formOf('x'.repeat(20_000)) }), 413, 'body_too_large'],
    ['without an archive', () => ({ body: withoutArchive() }), 400, 'invalid_request'],
    ['with a part that is not known', () => ({ body: withExtraPart() }), 400, 'invalid_request'],
    [
      'with a config that is no JSON',
      () => ({ body: formOf('./run.sh', '{"name"') }),
      400,
      'invalid_request',
    ],
    ['with a config that is no object', () => ({ body: formOf('./run.sh', '[]') }), 400, 'invalid_request'],
    ['cut short', () => cutShort(), 400, 'archive_truncated'],
    [
      'no multipart at all',
      () => ({ body: 'x', headers: { 'content-type': 'multipart/form-data' } }),
      400,
      'invalid_request',
    ],
    [
      'of another type',
      () => ({ body: 'x', headers: { 'content-type': 'text/html' } }),
      415,
      'unsupported_media_type',
    ],
  ])('refuses an upload %s, and keeps nothing of it', async (_, build, status, code) => {
    const test = await createTestApi({ maxUploadBytes: 10_000 })
    const response = await test.send('POST', '/api/v1/servers?name=weather', build())
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code])
    expect([test.intake.received.size, test.intake.trees.size]).toEqual([0, 0])
    expect(await test.hosting.list()).toEqual([])
    expect(await test.store.operations.list({ limit: 10 })).toEqual([])
    expect(test.defects).toEqual([])
  })
})

function withoutArchive(): FormData {
  const form = new FormData()
  form.set('config', '{}')
  return form
}

function withExtraPart(): FormData {
  const form = formOf('./run.sh')
  form.set('surprise', 'x')
  return form
}

function cutShort() {
  const body = '--b\r\ncontent-disposition: form-data; name="archive"; filename="a.zip"\r\n\r\nabc'
  return { body, headers: { 'content-type': 'multipart/form-data; boundary=b' } }
}

describe('logs', () => {
  it('are read in pages by cursor', async () => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const { id } = (await test.hosting.get('weather')).server
    for (const text of ['one', 'two', 'three']) test.logs.add(id, text)
    const read = async (query: string) =>
      (await (await test.send('GET', `/api/v1/servers/weather/logs?${query}`)).json()) as {
        items: { text: string }[]
        next_cursor: string | null
      }
    const first = await read('limit=2')
    expect(first.items.map(({ text }) => text)).toEqual(['one', 'two'])
    const second = await read(`cursor=${first.next_cursor}`)
    expect(second.items.map(({ text }) => text)).toEqual(['three'])
    expect((await read(`cursor=${second.next_cursor}`)).next_cursor).toBe(second.next_cursor)
    expect((await read('tail=1')).items.map(({ text }) => text)).toEqual(['three'])
  })

  it('are followed without a gap, through the same filter, until the token ends', async () => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const { id } = (await test.hosting.get('weather')).server
    test.logs.add(id, 'sunny')
    const reader = await tokenWith(test, 'logs:read')
    const response = await test.send('GET', '/api/v1/servers/weather/logs?follow=true&grep=sun', {
      token: reader.text,
    })
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    test.logs.add(id, 'rainy')
    test.logs.add(id, 'SUNDAY')
    await new Promise((resolve) => setImmediate(resolve))
    await test.access.revokeToken(reader.id, alice)
    test.logs.add(id, 'sunset')
    const lines = (await response.text()).trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { text: string }).text)).toEqual(['sunny', 'SUNDAY'])
  })
})

it('a log of thousands of lines is read and followed whole', async () => {
  const test = await createTestApi()
  await test.deploy('weather', './run.sh')
  const { id } = (await test.hosting.get('weather')).server
  for (let n = 0; n < 5_000; n++) test.logs.add(id, `line ${n}`)
  const page = await test.send('GET', '/api/v1/servers/weather/logs?tail=5000')
  expect(((await page.json()) as { items: unknown[] }).items).toHaveLength(5_000)
  const followed = await test.send('GET', '/api/v1/servers/weather/logs?tail=5000&follow=true')
  const text = await readUntil(followed, (so) => so.includes('line 4999'))
  expect(text.trim().split('\n')).toHaveLength(5_000)
})

it('a followed log ends with its server', async () => {
  const test = await createTestApi()
  await test.deploy('weather', './run.sh')
  const response = await test.send('GET', '/api/v1/servers/weather/logs?follow=true')
  await new Promise((resolve) => setImmediate(resolve))
  await test.hosting.delete('weather', { force: true }, alice)
  expect(await response.text()).toBe('')
})

describe('events', () => {
  const idsOf = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
  const stream = { accept: 'text/event-stream' }

  it('resume after the last one seen, without a gap or a double', async () => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const all = await test.store.events.list({ limit: 100 })
    const seen = all[3]!.id
    const response = await test.send('GET', '/api/v1/events', {
      headers: { ...stream, 'last-event-id': `${seen}` },
    })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    await test.hosting.stop('weather', alice)
    test.store.events.emit({ type: 'platform.stopping' })
    const text = await readUntil(response, (so) => so.includes('platform.stopping'))
    const expected = (await test.store.events.list({ after: seen, limit: 100 })).map(({ id }) => id)
    expect(idsOf(text)).toEqual(expected)
  })

  it('begin with what happens next when nothing was seen, and beat while nothing does', async () => {
    const test = await createTestApi()
    await test.deploy('weather', './run.sh')
    const response = await test.send('GET', '/api/v1/events', { headers: stream })
    await new Promise((resolve) => setImmediate(resolve))
    test.clock.advance(15_000)
    test.store.events.emit({ type: 'platform.stopping' })
    const text = await readUntil(response, (so) => so.includes('platform.stopping'))
    expect(text.startsWith(': still here\n\n')).toBe(true)
    expect(idsOf(text)).toHaveLength(1)
  })

  it('say that some were missed rather than replay without end', async () => {
    const test = await createTestApi()
    for (let n = 0; n < 1_001; n++) test.store.events.emit({ type: 'platform.stopping' })
    const response = await test.send('GET', '/api/v1/events', {
      headers: { ...stream, 'last-event-id': '0' },
    })
    expect(await readUntil(response, (so) => so.includes('\n\n'))).toBe('event: reset\ndata: {}\n\n')
  })

  it('of tokens are for administrators', async () => {
    const test = await createTestApi()
    const { text: token } = await tokenWith(test, 'servers:read')
    const read = async (as?: string) =>
      (
        (await (await test.send('GET', '/api/v1/events', as === undefined ? {} : { token: as })).json()) as {
          items: { type: string }[]
        }
      ).items.map(({ type }) => type)
    expect(await read()).toContain('token.created')
    expect(await read(token)).not.toContain('token.created')
  })

  it('end with the platform', async () => {
    const test = await createTestApi()
    const response = await test.send('GET', '/api/v1/events', { headers: stream })
    await new Promise((resolve) => setImmediate(resolve))
    test.closing.abort()
    expect(await response.text()).toBe('')
  })

  it('go to fifty streams a token, and the places of those who leave are free again', async () => {
    const test = await createTestApi()
    const open = () => test.send('GET', '/api/v1/events', { headers: stream })
    const streams = await Promise.all(Array.from({ length: 50 }, open))
    expect((await open()).status).toBe(503)
    await streams[0]!.body!.cancel()
    const head = await test.send('HEAD', '/api/v1/events', { headers: stream })
    expect(head.headers.get('content-type')).toBe('text/event-stream')
    expect((await open()).status).toBe(200)
    test.closing.abort()
  })
})

describe('tokens', () => {
  it('are shown once, work at once, and stop at once', async () => {
    const { send } = await createTestApi()
    const made = await send('POST', '/api/v1/tokens', { json: { name: 'ci', scopes: ['servers:read'] } })
    expect(made.status).toBe(201)
    const { token, id } = (await made.json()) as { token: string; id: string }
    expect((await send('GET', '/api/v1/servers', { token })).status).toBe(200)
    expect(await (await send('GET', '/api/v1/tokens')).text()).not.toContain(token)
    expect((await send('DELETE', `/api/v1/tokens/${id}`)).status).toBe(200)
    expect((await send('GET', '/api/v1/servers', { token })).status).toBe(401)
  })
})

describe('changes of settings', () => {
  it('with If-Match: of many who saw the same, one wins each round and nothing is lost', async () => {
    const { send, deploy, hosting } = await createTestApi()
    await deploy('weather', './run.sh')
    const path = '/api/v1/servers/weather'
    const write = async (writer: number) => {
      for (let round = 0; ; round++) {
        expect(round, `writer ${writer}`).toBeLessThan(100)
        const seen = await send('GET', path)
        const names = ((await seen.json()) as { tags: string[] }).tags
        const answer = await send('PATCH', path, {
          json: { tags: [...names, `w${writer}`] },
          headers: { 'if-match': seen.headers.get('etag') ?? '' },
        })
        if (answer.status === 200) return
        expect(answer.status).toBe(412)
      }
    }
    await Promise.all(Array.from({ length: 20 }, (_, writer) => write(writer)))
    const { config } = await hosting.get('weather')
    expect(config?.tags.toSorted()).toEqual(Array.from({ length: 20 }, (_, n) => `w${n}`).toSorted())
  })

  it('have a tag that stays while only the status moves, and says nothing about values', async () => {
    const { send, deploy } = await createTestApi()
    await deploy('weather', './run.sh')
    const path = '/api/v1/servers/weather'
    const tag = async () => (await send('GET', path)).headers.get('etag')
    const first = await tag()
    expect(first).toMatch(/^"[\w-]{22}"$/)
    await send('POST', `${path}/stop`)
    expect(await tag()).toBe(first)
    const patch = (ifMatch: string) =>
      send('PATCH', path, { json: { environment: { KEY: 'x' } }, headers: { 'if-match': ifMatch } })
    expect((await patch('"other"')).status).toBe(412)
    const changed = await patch(`"other", ${first}`)
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, await tag()])
    expect(await tag()).not.toBe(first)
    expect((await patch('*')).status).toBe(200)
  })
})
