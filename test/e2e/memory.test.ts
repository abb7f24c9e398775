/** What happened to a server is remembered, found by command and by tool, and still there after the daemon was killed. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MemoryListJson } from '../../src/api/schema/memory.ts'
import { connectV2 } from './clients.ts'
import { eventually, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash } from './servers.ts'

let platform: Platform
beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(async () => platform[Symbol.asyncDispose]())

it('deployments and starts, over a kill of the daemon', async () => {
  await deployBash(platform, 'talker', buildServer({}))
  const search = () => platform.json<MemoryListJson>('memory', 'search', 'talker', '--server', 'talker')
  const kinds = async () => new Set((await search()).memories.map(({ kind }) => kind))
  const found = await eventually('it is remembered', async () => {
    const now = await kinds()
    return now.has('deploy.ended') && now.has('server.started') ? now : null
  })
  expect([...found]).toEqual(expect.arrayContaining(['server.created', 'version.created']))
  const deployed = (await search()).memories.find(({ kind }) => kind === 'deploy.ended')
  expect(deployed?.metadata['stages']).toHaveLength(7)
  const { stdout } = await platform.cli(['memory', 'store', 'talker speaks metric', '--server', 'talker'])
  expect(stdout).toMatch(/^stored as [0-9a-f-]{36}\n$/)
  await platform.kill()
  await platform.start()
  expect([...(await kinds())]).toEqual(expect.arrayContaining([...found, 'note']))
  const client = await connectV2(`${platform.url}/mcp`, await platform.token('memory:read'), 'legacy')
  const answer = await client.call('search_memories', { query: 'metric' })
  expect(JSON.parse(answer.text)).toMatchObject({
    memories: [{ content: 'talker speaks metric', kind: 'note' }],
  })
  await client.close()
})
