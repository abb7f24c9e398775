/**
 * What happened to a server is remembered, found by command and by tool, by words and by what is meant, and still there
 * after the daemon was killed.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { SystemJson } from '../../src/api/schema/platform.ts'
import type { MemoryListJson, MemoryStatsJson } from '../../src/api/schema/memory.ts'
import { startEmbeddingEndpoint, type EmbeddingEndpoint } from '../fakes/start-embedding-endpoint.ts'
import { connectV2 } from './clients.ts'
import { eventually, startPlatform, type Platform } from './platform.ts'
import { buildServer, deployBash } from './servers.ts'

let endpoint: EmbeddingEndpoint
let platform: Platform
beforeAll(async () => {
  endpoint = await startEmbeddingEndpoint()
  const embeddings = { base_url: endpoint.baseUrl, model: 'meaning-1' }
  platform = await startPlatform({ memory: { embeddings } })
})
afterAll(async () => {
  await endpoint[Symbol.asyncDispose]()
  await platform[Symbol.asyncDispose]()
})

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
  const answer = await client.call('search_memories', { query: 'metric', semantic: false })
  expect(JSON.parse(answer.text)).toMatchObject({
    memories: [{ content: 'talker speaks metric', kind: 'note' }],
  })
  await client.close()
})

it('is found by what is meant, and by words alone when the endpoint is gone', async () => {
  await platform.cli(['memory', 'store', 'the latency grew at noon'])
  await platform.cli(['memory', 'store', 'a delay between us', '--confidentiality', 'internal'])
  const stats = () => platform.json<MemoryStatsJson>('memory', 'stats')
  await eventually('all have a vector', async () => {
    const { embeddings } = await stats()
    return embeddings !== null && embeddings.stored > 0 && embeddings.waiting === 0 ? true : null
  })
  const search = (...more: string[]) => platform.json<MemoryListJson>('memory', 'search', 'sluggish', ...more)
  const found = await search()
  expect(found).toMatchObject({ search: 'hybrid', ranked_by: ['words', 'vectors'], note: null })
  expect(found.memories[0]).toMatchObject({
    content: 'the latency grew at noon',
    matched_by: ['vector'],
  })
  expect(await search('--words')).toMatchObject({ search: 'text', ranked_by: ['words'], note: null })
  const texts = endpoint.received().flatMap(({ input }) => input)
  expect(texts).toContain('the latency grew at noon')
  expect(texts.join(' ')).not.toContain('between us')
  await endpoint.kill()
  const { search: by, note } = await platform.json<MemoryListJson>('memory', 'search', 'latency')
  expect([by, note]).toEqual([
    'text',
    'Ranked by words alone; the embedding endpoint is of no use now: it cannot be reached.',
  ])
  await platform.cli(['memory', 'store', 'one more'])
  const check = await eventually('doctor says so', async () => {
    const { checks } = await platform.json<SystemJson>('doctor').catch(() => ({ checks: [] }))
    const one = checks.find(({ id }) => id === 'memory_embeddings')
    return one?.status === 'warn' ? one : null
  })
  expect(check.found).toContain('by words alone')
})
