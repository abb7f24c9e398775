/** New versions and ways back while clients call: nobody gets an error, and every process of an old version is gone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/domain/json.ts'
import { buildModern, post } from '../fakes/raw-client.ts'
import { startCallLoop, type CallLoop } from './call-loop.ts'
import { connectV1, connectV2 } from './clients.ts'
import { eventually, findProcesses, MARK, startPlatform, type Platform } from './platform.ts'
import { buildServer, deploy, deployBash, readStatus, writeTree } from './servers.ts'

let platform: Platform
let token: string
beforeAll(async () => {
  platform = await startPlatform({ max_servers: 20 })
  token = await platform.token()
})
afterAll(() => platform[Symbol.asyncDispose]())

/** Answers its version; with `slow` among the arguments a second later. */
const buildVersion = (version: string) =>
  buildServer({
    onCall: `[[ $line == *slow* ]] && sleep 1
      reply "$id" '{"content":[{"type":"text","text":"${version}"}]}'`,
  })

const endpoint = (name: string) => `${platform.url}/servers/${name}/mcp`

async function startLoops(name: string): Promise<CallLoop[]> {
  const clients = [
    await connectV1(endpoint(name), token),
    await connectV2(endpoint(name), token, 'legacy'),
    await connectV2(endpoint(name), token, '2026-07-28'),
  ]
  const slow = await connectV1(endpoint(name), token)
  return [
    ...clients.map((client) => startCallLoop(client, 'act')),
    startCallLoop(slow, 'act', { pace: 'slow' }),
  ]
}

async function endLoops(loops: readonly CallLoop[]): Promise<{ errors: string[]; seen: string[] }> {
  await Promise.all(loops.map((loop) => loop.stop()))
  return {
    errors: loops.flatMap(({ errors }) => errors),
    seen: [...new Set(loops.flatMap(({ answers }) => answers))].sort(),
  }
}

describe.each([
  ['shared', { instances: 'shared' }, 20, 5],
  ['pool', { instances: 'pool:2' }, 3, 1],
] as const)('%s', (kind, settings, redeploys, rollbacks) => {
  const name = `loop-${kind}`
  const deployVersion = async (version: string) => {
    const { document } = await deployBash(platform, name, buildVersion(version), settings)
    expect(document.error).toBeNull()
  }

  it(`loses no call over ${redeploys} redeploys and ${rollbacks} rollbacks`, async () => {
    await deployVersion('v1')
    const loops = await startLoops(name)
    for (let n = 2; n <= redeploys + 1; n++) await deployVersion(`v${n}`)
    for (let n = 0; n < rollbacks; n++) await platform.json('rollback', name)
    await eventually('the last version answers', async () =>
      loops.every(({ answers }) => answers.at(-1) === `v${redeploys + 1 - rollbacks}`) ? true : null,
    )
    const { errors, seen } = await endLoops(loops)
    expect(errors).toEqual([])
    // On a busy machine a version may be replaced before a slow call has come to it.
    expect(seen.length).toBeGreaterThan(redeploys / 2)
    expect((await readStatus(platform, name)).status).toBe('running')
    const { processes } = await platform.json<{ processes: readonly unknown[] }>('status', name)
    await eventually('only the processes of the last version are left', async () =>
      findProcesses(`${MARK}-${name}`).length <= processes.length * 3 ? true : null,
    )
  })
})

/** Speaks Streamable HTTP, a process of its own port; answers its version. */
const HTTP_SERVER = `import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers['content-length'])))
        results = {
            'initialize': {'protocolVersion': '2025-11-25', 'capabilities': {'tools': {}},
                           'serverInfo': {'name': 'http', 'version': '1'}},
            'ping': {},
            'tools/list': {'tools': [{'name': 'act', 'inputSchema': {'type': 'object'}}]},
            'tools/call': {'content': [{'type': 'text', 'text': sys.argv[1]}]},
        }
        if 'id' not in asked:
            return self.answer(202, b'')
        answer = {'jsonrpc': '2.0', 'id': asked['id']}
        if asked['method'] in results:
            answer['result'] = results[asked['method']]
        else:
            answer['error'] = {'code': -32601, 'message': 'no'}
        self.answer(200, json.dumps(answer).encode())
    def do_GET(self):
        self.answer(405, b'')
    def answer(self, status, body):
        self.send_response(status)
        self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words):
        pass

ThreadingHTTPServer(('127.0.0.1', 8000), Handler).serve_forever()
`

it('loses no call of a server that speaks HTTP: both versions have the port to themselves', async () => {
  const name = 'loop-http'
  const deployVersion = async (version: string) => {
    const command = ['python3', 'server.py', version, `${MARK}-${name}`]
    const config = { name, command, transport: 'http', port: 8000 }
    const files = { 'server.py': HTTP_SERVER, 'server_config.json': JSON.stringify(config) }
    expect((await deploy(platform, writeTree(platform, files))).document.error).toBeNull()
  }
  await deployVersion('v1')
  const loops = await startLoops(name)
  await deployVersion('v2')
  await deployVersion('v3')
  await platform.json('rollback', name)
  await eventually('the last version answers', async () =>
    loops.every(({ answers }) => answers.at(-1) === 'v2') ? true : null,
  )
  expect(await endLoops(loops)).toEqual({ errors: [], seen: ['v1', 'v2', 'v3'] })
})

it('moves sessions that have a process each, and wakes none that rests', async () => {
  const name = 'loop-own'
  const settings = { instances: 'per_session', idle_stop_seconds: 1 }
  expect((await deployBash(platform, name, buildVersion('v1'), settings)).document.error).toBeNull()
  await eventually('it rests', async () =>
    (await readStatus(platform, name)).status === 'stopped' ? true : null,
  )
  const loops = await startLoops(name)
  expect((await deployBash(platform, name, buildVersion('v2'), settings)).document.error).toBeNull()
  await eventually('the new version answers', async () =>
    loops.every(({ answers }) => answers.at(-1) === 'v2') ? true : null,
  )
  expect((await endLoops(loops)).errors).toEqual([])
  await eventually('the new version rests too', async () =>
    (await readStatus(platform, name)).status === 'stopped' ? true : null,
  )
})

/** Asks its caller before it answers with what it was told and its version. */
const buildAsking = (version: string) =>
  buildServer({
    onCall: `printf '{"jsonrpc":"2.0","id":"q1","method":"elicitation/create","params":{"message":"name?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}}}}}\\n'
      IFS= read -r told
      [[ $told == *Bo* ]] && name=Bo || name=nobody
      reply "$id" '{"content":[{"type":"text","text":"'$name' at ${version}"}]}'`,
  })

it('keeps the old version for a question that waits for its answer', async () => {
  const name = 'asks'
  const ask = async (more: JsonObject = {}) => {
    const _meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } }
    const { body, headers } = buildModern('tools/call', { name: 'act', arguments: {}, ...more, _meta })
    const { json } = await post(endpoint(name), body, { ...headers, authorization: `Bearer ${token}` })
    return json as { result?: { requestState?: string; content?: { text: string }[] }; error?: object }
  }
  const accepted = { inputResponses: { req_1: { action: 'accept', content: { name: 'Bo' } } } }
  expect((await deployBash(platform, name, buildAsking('v1'))).document.error).toBeNull()
  const first = await ask()
  expect((await deployBash(platform, name, buildAsking('v2'))).document.error).toBeNull()
  // Somebody else is asked by the new one meanwhile, and does not wait for the first.
  const second = await ask()
  const textOf = async (requestState = '') =>
    (await ask({ requestState, ...accepted })).result?.content?.[0]?.text
  expect(await textOf(second.result?.requestState)).toBe('Bo at v2')
  expect(await textOf(first.result?.requestState)).toBe('Bo at v1')
})

it('R-72: a new version that does not start or answer never touches the one that serves', async () => {
  const { document } = await deployBash(platform, 'steady', buildVersion('good'))
  expect(document.error).toBeNull()
  const before = await readStatus(platform, 'steady')
  const loops = await startLoops('steady')
  for (const bad of ['exit 3\n', 'sleep 60\n']) {
    const failed = await deployBash(platform, 'steady', bad, { start_timeout: 2 })
    expect(failed.document.error?.code).toBe('start_failed')
  }
  const { errors, seen } = await endLoops(loops)
  expect({ errors, seen }).toEqual({ errors: [], seen: ['good'] })
  expect((await readStatus(platform, 'steady')).instance?.pid).toBe(before.instance?.pid)
})
