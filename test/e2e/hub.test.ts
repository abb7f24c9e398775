/** `/hub/mcp` of the built daemon: five servers in real sandboxes, one of them slow to list, one dead. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectV1, connectV2, type Session } from './clients.ts'
import { buildFixture } from './conformance-suite.ts'
import { postModern } from '../fakes/raw-client.ts'
import { eventually, startPlatform, type Platform } from './platform.ts'
import { buildServer, deploy, deployBash, readStatus } from './servers.ts'

const sayName = (name: string) =>
  buildServer({ onCall: `reply "$id" '{"content":[{"type":"text","text":"${name}"}]}'` })
/** Once called it lists nothing more, and still answers calls. */
const SLOW = buildServer({
  onCall: `isQuiet=1; reply "$id" '{"content":[{"type":"text","text":"slow"}]}'`,
}).replace(`*'"method":"tools/list"'*)`, `*'"method":"tools/list"'*) [[ -z $isQuiet ]] || continue;`)

let platform: Platform
let token = ''
let hub = ''

beforeAll(async () => {
  platform = await startPlatform()
  token = await platform.token()
  hub = `${platform.url}/hub/mcp`
  for (const name of ['alpha', 'beta', 'dead']) {
    expect((await deployBash(platform, name, sayName(name))).code).toBe(0)
  }
  expect((await deployBash(platform, 'slow', SLOW)).code).toBe(0)
  expect(
    (await deploy(platform, await buildFixture(platform.folder, 'modern', 'stdio-modern.mjs'))).code,
  ).toBe(0)
  await postModern(hub, 'tools/call', { name: 'slow__act' }, { authorization: `Bearer ${token}` })
  expect((await platform.cli(['stop', 'dead'])).code).toBe(0)
  await eventually('dead is stopped', async () =>
    (await readStatus(platform, 'dead')).status === 'stopped' ? true : null,
  )
}, 120_000)
afterAll(async () => platform[Symbol.asyncDispose]())

describe('the hub', () => {
  const clients: readonly (readonly [string, () => Promise<Session>])[] = [
    ['SDK 1.x', () => connectV1(hub, token)],
    ['SDK 2.x with a session', () => connectV2(hub, token, 'legacy')],
    ['SDK 2.x of 2026-07-28', () => connectV2(hub, token, '2026-07-28')],
  ]
  it.each(clients)(
    'S-104: %s reaches the same tool on two servers, and what is slow or dead is not in the way',
    async (_, open) => {
      const client = await open()
      const names = await client.tools()
      expect(names.filter((name) => name.endsWith('__act'))).toEqual(['alpha__act', 'beta__act'])
      expect(names.some((name) => name.startsWith('modern__'))).toBe(true)
      expect((await client.call('alpha__act', {})).text).toBe('alpha')
      expect((await client.call('beta__act', {})).text).toBe('beta')
      expect((await client.call('slow__act', {})).text).toBe('slow')
      await expect(client.call('dead__act', {})).rejects.toThrow(/dead/)
      await client.close()
    },
  )

  it('names the servers that are missing in a list, and forgets sessions of none over a restart', async () => {
    const answer = await postModern(hub, 'tools/list', {}, { authorization: `Bearer ${token}` })
    expect(answer.json).toMatchObject({
      result: {
        _meta: {
          'haivemind/missing_servers': [
            { server: 'dead', code: 'server_not_running' },
            { server: 'slow', code: 'call_timeout' },
          ],
        },
      },
    })
    const session = await connectV1(hub, token)
    expect((await session.call('beta__act', {})).text).toBe('beta')
    await platform.stop()
    await platform.start()
    expect((await session.call('beta__act', {})).text).toBe('beta')
    await session.close()
  })
})
