/** Sessions of official clients while what serves them is killed, and streams whose connection breaks. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openSession, openStream, post } from '../fakes/raw-client.ts'
import {
  connectPython,
  connectSse,
  connectV1,
  connectV2,
  findPythonSdk,
  type LiveSession,
} from './clients.ts'
import { eventually, findProcesses, killAll, MARK, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash, readStatus } from './servers.ts'

let platform: Platform
let token: string
const python = await findPythonSdk()

/** Says how often it was called since it started; `slow` says first that it has begun, and answers a while later. */
const SERVER = buildServer({
  before: 'count=0',
  onCall: `count=$((count + 1))
    if [[ $line =~ \\"progressToken\\":([0-9]+) ]]; then
      printf '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%s,"progress":1}}\\n' "\${BASH_REMATCH[1]}"
      sleep 1
    fi
    reply "$id" '{"content":[{"type":"text","text":"'$count'"}]}'`,
})

const endpoint = (name: string, door = 'mcp') => `${platform.url}/servers/${name}/${door}`
const bearer = () => ({ authorization: `Bearer ${token}` })
const callOf = (id: number, meta: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'act', arguments: {}, _meta: meta },
})

beforeAll(async () => {
  platform = await startPlatform({ max_servers: 20 })
  for (const [name, settings] of [
    ['counter', {}],
    ['stateful', { on_session_loss: '404' }],
  ] as const) {
    const { document } = await deployBash(platform, name, SERVER, { restart_delay: 0.1, ...settings })
    expect(document.error).toBeNull()
  }
  token = await platform.token()
})
afterAll(() => platform[Symbol.asyncDispose]())

async function killServer(name: string): Promise<void> {
  const before = await readStatus(platform, name)
  killAll(findProcesses(`${MARK}-${name}`))
  await eventually('it runs again', async () => {
    const now = await readStatus(platform, name)
    return now.status === 'running' && now.instance?.pid !== before.instance?.pid ? now : null
  })
}

/** Ids of sessions as the platform keeps them. */
function readSessions(): string[] {
  const database = new DatabaseSync(join(platform.dataDir, 'haivemind.db'), { readOnly: true })
  try {
    return database
      .prepare('SELECT id FROM sessions ORDER BY created_at, id')
      .all()
      .map(({ id }) => String(id))
  } finally {
    database.close()
  }
}

describe('a session', () => {
  const act = async (client: LiveSession) => (await client.call('act', {})).text

  const outlive = async (connect: () => Promise<LiveSession>) => {
    const before = readSessions()
    const client = await connect()
    const first = Number(await act(client))
    const opened = readSessions().filter((id) => !before.includes(id))
    expect(opened).toHaveLength(1)
    await killServer('counter')
    expect(await act(client)).toBe('1')
    await platform.kill()
    await platform.start()
    // The process is the same one still.
    expect(await act(client)).toBe('2')
    await platform.kill()
    killAll(findProcesses(`${MARK}-counter`))
    await platform.start()
    await eventually('it runs again', async () =>
      (await readStatus(platform, 'counter')).status === 'running' ? true : null,
    )
    expect(await act(client)).toBe('1')
    expect(first).toBeGreaterThan(0)
    expect(readSessions().filter((id) => !before.includes(id))).toEqual(opened)
    await client.close()
  }

  it('D1, R135: of the TypeScript SDK 1.x outlives its server, the platform, and both', () =>
    outlive(() => connectV1(endpoint('counter'), token)))

  it('D1, R135: of the TypeScript SDK 2.x outlives its server, the platform, and both', () =>
    outlive(() => connectV2(endpoint('counter'), token, 'legacy')))

  it.skipIf(python === null)(
    `D1, R135: of the Python SDK outlives its server, the platform, and both${python === null ? ' [skipped: the Python SDK cannot be installed here]' : ''}`,
    () => outlive(() => connectPython(python ?? '', endpoint('counter'), token)),
  )

  it('ends with its process where the state was there (on_session_loss)', async () => {
    const { headers } = await openSession(endpoint('stateful'), '2025-11-25', bearer())
    expect((await post(endpoint('stateful'), callOf(1), headers)).json).toMatchObject({ id: 1, result: {} })
    await platform.kill()
    await platform.start()
    // The process outlived the platform, and so the session does.
    expect((await post(endpoint('stateful'), callOf(2), headers)).json).toMatchObject({
      result: { content: [{ text: '2' }] },
    })
    await platform.kill()
    killAll(findProcesses(`${MARK}-stateful`))
    await platform.start()
    const lost = await post(endpoint('stateful'), callOf(3), headers)
    expect([lost.status, lost.json]).toMatchObject([404, { id: 3, error: { code: 404 } }])
    const next = await openSession(endpoint('stateful'), '2025-11-25', bearer())
    expect((await post(endpoint('stateful'), callOf(4), next.headers)).json).toMatchObject({
      result: { content: [{ text: '1' }] },
    })
  })
})

describe('a stream', () => {
  it('R106, R107: lost in the middle of a call is resumed, and brings the answer', async () => {
    const { headers } = await openSession(endpoint('counter'), '2025-11-25', bearer())
    const body = callOf(7, { progressToken: 'p' })
    const stream = await openStream(endpoint('counter'), { method: 'POST', body, headers })
    await vi.waitFor(() => expect(stream.events).toHaveLength(1))
    const last = [...stream.text().matchAll(/^id: (.*)$/gm)].at(-1)?.[1]
    stream.abort()
    await stream.ended
    const resumed = await openStream(endpoint('counter'), {
      method: 'GET',
      headers: { ...headers, 'last-event-id': last },
    })
    await resumed.ended
    expect(resumed.events).toMatchObject([{ id: 7, result: { content: [{ type: 'text' }] } }])
  })

  it('R107: of a call that was lost with the platform is told to be', async () => {
    const { headers } = await openSession(endpoint('counter'), '2025-11-25', bearer())
    const body = callOf(8, { progressToken: 'p' })
    const stream = await openStream(endpoint('counter'), { method: 'POST', body, headers })
    await vi.waitFor(() => expect(stream.events).toHaveLength(1))
    const last = [...stream.text().matchAll(/^id: (.*)$/gm)].at(-1)?.[1]
    await platform.kill()
    await stream.ended
    await platform.start()
    const resumed = await openStream(endpoint('counter'), {
      method: 'GET',
      headers: { ...headers, 'last-event-id': last },
    })
    await resumed.ended
    expect(resumed.events).toMatchObject([{ id: 8, error: { data: { code: 'answer_lost' } } }])
  })
})

it('R120: the official client of 1.x works over HTTP+SSE', async () => {
  const client = await connectSse(endpoint('counter', 'sse'), token)
  expect(client.protocolVersion).toBe('2025-11-25')
  expect(await client.tools()).toEqual(['act'])
  const before = Number((await client.call('act', {})).text)
  await killServer('counter')
  expect(before).toBeGreaterThan(0)
  expect((await client.call('act', {})).text).toBe('1')
  const stored = readSessions()
  await client.close()
  expect(readSessions()).toEqual(stored)
})
