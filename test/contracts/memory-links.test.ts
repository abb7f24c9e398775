/** What memories have to do with each other: as callers say, and as events follow from each other. */
import { describe, expect, it } from 'vitest'
import type { LinkedMemoryJson, MemoryListJson, MemoryStoredJson } from '../../src/api/schema/memory.ts'
import type { PlatformEvent } from '../../src/domain/event.ts'
import type { IncidentId, OperationId, RecommendationId, ServerId } from '../../src/domain/id.ts'
import { createTestApi } from '../fakes/api.ts'

type TestApi = Awaited<ReturnType<typeof createTestApi>>

async function store({ send }: TestApi, json: object, token?: string): Promise<string> {
  const answer = await send('POST', '/api/v1/memories', { json, ...(token === undefined ? {} : { token }) })
  expect(answer.status).toBe(200)
  return ((await answer.json()) as MemoryStoredJson).id
}

async function show({ send }: TestApi, id: string, token?: string): Promise<LinkedMemoryJson> {
  const path = `/api/v1/memories/${id}?max_confidentiality_level=pii`
  return (await (await send('GET', path, token === undefined ? {} : { token })).json()) as LinkedMemoryJson
}

const server = { serverId: 'srv_1' as ServerId, server: 'weather' }
const deployed = { operationId: 'op_00000000000000000000000001' as OperationId, server: 'weather' }
const counts = { critical: 1, high: 0, medium: 0, low: 0, info: 0 }
const advice = {
  ...server,
  recommendationId: 'rec_00000000000000000000000001' as RecommendationId,
  resource: 'memory_mb',
  from: 512,
  to: 168,
  tier: 'balanced',
  confidence: 0.8,
  reason: 'its peak was 104 MiB',
} as const
const incident = {
  ...server,
  incidentId: 'inc_00000000000000000000000001' as IncidentId,
  kind: 'crash_loop',
  severity: 'high',
  title: 'weather ends again and again',
  occurrences: 3,
} as const
const end = { ...server, attempt: 1, nextTry: null, cause: 'out_of_memory', class: 'out_of_memory' } as const

describe('links of memories', () => {
  it('are shown both ways, by route and by tool', async () => {
    const test = await createTestApi()
    const cause = await store(test, { content: 'the pool is too small' })
    const links = [
      { rel: 'caused_by', to: cause },
      { rel: 'caused_by', to: cause },
    ]
    const effect = await store(test, { content: 'connections ran out', links })
    expect((await show(test, effect)).links).toMatchObject([
      { rel: 'caused_by', direction: 'out', id: cause, kind: 'note', content: 'the pool is too small' },
    ])
    const tool = test.api.tools.find(({ name }) => name === 'retrieve_memory')!
    const answer = await tool.run({
      args: tool.input.parse({ memory_id: cause }),
      principal: { id: 'x', kind: 'token', name: 'x', grants: ['memory:read'] },
      signal: new AbortController().signal,
      tell: () => {},
    })
    expect(JSON.parse(answer.text)).toMatchObject({
      links: [{ rel: 'caused_by', direction: 'in', id: effect, content: 'connections ran out' }],
    })
  })

  it('lead to nothing that the reader may not see, and cannot be made to it', async () => {
    const test = await createTestApi()
    const alice = { id: 'local', kind: 'local', name: 'alice', grants: ['admin'] } as const
    const grants = ['memory:read', 'memory:write']
    const bob = (await test.access.createToken({ name: 'bob', grants, expiresInDays: null }, alice)).text
    const hidden = await store(test, { content: 'a private matter', confidentiality_level: 'confidential' })
    const open = await store(test, { content: 'a public one', links: [{ rel: 'evidence_of', to: hidden }] })
    expect((await show(test, open)).links).toHaveLength(1)
    expect((await show(test, open, bob)).links).toEqual([])
    for (const to of [hidden, '00000000-0000-7000-8000-000000000000']) {
      const json = { content: 'a guess', links: [{ rel: 'caused_by', to }] }
      const answer = await test.send('POST', '/api/v1/memories', { json, token: bob })
      expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('memory_not_found')])
    }
    test.store.memories.add({ content: 'kept', category: 'global', kind: 'note', actor: 'x' })
    const { memories } = (await (
      await test.send('GET', '/api/v1/memories?query=guess')
    ).json()) as MemoryListJson
    expect(memories).toEqual([])
  })

  it.each<[string, PlatformEvent[], string, string, string]>([
    [
      'a deployment that the scan stopped',
      [
        { type: 'scan.ended', ...deployed, verdict: 'block', counts, rules: ['code.eval'], approved: false },
        { type: 'deploy.ended', ...deployed, status: 'rejected', code: 'scan_blocked' },
      ],
      'deploy.ended',
      'caused_by',
      'scan.ended',
    ],
    [
      'more memory after the end for lack of it',
      [
        { type: 'server.status', ...end, status: 'backoff', reason: 'it used 64 MiB' },
        { type: 'limit.raised', ...server, limit: 'memory_mb', from: 64, to: 112, why: 'it ran out' },
      ],
      'limit.raised',
      'caused_by',
      'server.oom',
    ],
    [
      'an incident that is over',
      [
        { type: 'incident.opened', ...incident },
        { type: 'incident.resolved', ...incident },
      ],
      'incident.resolved',
      'supersedes',
      'incident.opened',
    ],
    [
      'advice that was taken back',
      [
        { type: 'recommendation.made', ...advice },
        { type: 'recommendation.applied', ...advice, inPlace: true, watchedUntil: 0 },
        { type: 'recommendation.reverted', ...advice },
      ],
      'recommendation.reverted',
      'supersedes',
      'recommendation.applied',
    ],
  ])('tell what followed from what: %s', async (_, events, kind, rel, other) => {
    const test = await createTestApi()
    for (const event of events) test.store.events.emit(event)
    test.store.events.flush()
    const { memories } = (await (
      await test.send('GET', `/api/v1/memories?kind=${kind}`)
    ).json()) as MemoryListJson
    expect(memories).toHaveLength(1)
    expect((await show(test, memories[0]!.id)).links).toMatchObject([{ rel, direction: 'out', kind: other }])
  })

  it('end with the memory that made them', async () => {
    const test = await createTestApi()
    const one = await store(test, { content: 'one' })
    const other = await store(test, { content: 'other', links: [{ rel: 'supersedes', to: one }] })
    test.clock.advance(1)
    await test.store.memories.forgetBefore(test.clock.now() + 1)
    expect((await test.send('GET', `/api/v1/memories/${other}`)).status).toBe(404)
    expect(await test.store.memories.links(one, 'pii', { id: 'local', isAdmin: true })).toEqual([])
  })
})
