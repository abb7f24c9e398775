import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { defineRoute, type Route } from '../route.ts'
import { memoryChangesSchema } from '../../domain/memory-change.ts'
import {
  ceilingQuery,
  changesQuery,
  importBody,
  importedSchema,
  memoryInput,
  memoryListSchema,
  memoryQuery,
  linkedMemorySchema,
  memoryStatsSchema,
  memoryStoredSchema,
  recalledSchema,
  recallQuery,
} from '../schema/memory.ts'
import {
  buildFilter,
  findMemory,
  parseImported,
  readerOf,
  renderList,
  renderMemory,
  renderRecalled,
  renderStats,
  renderStored,
  storeMemory,
} from '../use-memories.ts'

const PATH = '/api/v1/memories'

export function buildMemoryRoutes(deps: ApiDeps): Route[] {
  const { memories, peers } = deps
  return [
    defineRoute({
      method: 'GET',
      path: PATH,
      needs: 'memory:read',
      summary: 'What the platform remembers: with a query best first, without newest first',
      query: memoryQuery,
      response: memoryListSchema,
      async handle({ query: { query, limit, offset, semantic, ...filters }, principal, reply }) {
        const page = { limit, offset }
        const filter = buildFilter(filters, principal)
        const found =
          query === undefined
            ? await memories.recent(filter, page)
            : await memories.search(query, filter, page, semantic)
        return reply(renderList(found, page))
      },
    }),
    defineRoute({
      method: 'POST',
      path: PATH,
      needs: 'memory:write',
      action: 'memory.store',
      summary: 'Remember something',
      body: memoryInput,
      response: memoryStoredSchema,
      handle: async ({ body, principal, reply }) =>
        reply(renderStored(await storeMemory(memories, body, principal))),
    }),
    defineRoute({
      method: 'GET',
      path: `${PATH}/stats`,
      needs: 'memory:read',
      summary: 'Memories by category',
      query: ceilingQuery,
      response: memoryStatsSchema,
      handle: async ({ query, principal, reply }) =>
        reply(
          renderStats(
            await memories.stats(query.max_confidentiality_level, readerOf(principal)),
            await peers.status(),
            await deps.embeddings(),
          ),
        ),
    }),
    defineRoute({
      method: 'GET',
      path: `${PATH}/changes`,
      needs: 'memory:read',
      summary:
        'For another platform: memories of level normal that are to be shared, as they now are, or gone',
      query: changesQuery,
      response: memoryChangesSchema,
      handle: async ({ query: { since, max, reader = null }, reply }) =>
        reply(await deps.exchange.changes(since, max, reader)),
    }),
    defineRoute({
      method: 'GET',
      path: `${PATH}/recall`,
      needs: 'memory:read',
      summary: 'What the hAIveMinds of the configuration know; those that do not answer at once are left out',
      query: recallQuery,
      response: recalledSchema,
      handle: async ({ query: { query, category }, reply }) =>
        reply(renderRecalled(await peers.recall(query, category))),
    }),
    ...buildMoving(deps),
    defineRoute({
      method: 'GET',
      path: `${PATH}/:id`,
      needs: 'memory:read',
      summary: 'One memory, and what it has to do with others',
      query: ceilingQuery,
      response: linkedMemorySchema,
      handle: async ({ params: { id = '' }, query, principal, reply }) =>
        reply(await findMemory(memories, id, query.max_confidentiality_level, principal)),
    }),
  ]
}

/** Out and in again, on this platform or another. */
function buildMoving({ memories }: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: `${PATH}/export`,
      needs: 'memory:read',
      summary: 'All memories that the caller may have, one JSON line each, oldest first',
      isNoted: true,
      action: 'memory.export',
      query: ceilingQuery,
      response: z.string(),
      answers: 'application/x-ndjson',
      async handle({ query, principal }) {
        const all = memories.export(query.max_confidentiality_level, readerOf(principal))
        const lines = (async function* () {
          for await (const memory of all) yield Buffer.from(`${JSON.stringify(renderMemory(memory))}\n`)
        })()
        return new Response(ReadableStream.from(lines) as ReadableStream<Uint8Array>, {
          headers: {
            'content-type': 'application/x-ndjson',
            'content-disposition': 'attachment; filename="memories.jsonl"',
          },
        })
      },
    }),
    defineRoute({
      method: 'POST',
      path: `${PATH}/import`,
      // It says who wrote what, and when.
      needs: 'admin',
      action: 'memory.import',
      summary: 'Take memories of an export; those that are there already stay as they are',
      body: importBody,
      response: importedSchema,
      handle: async ({ body, reply }) => reply(await memories.import(body.memories.map(parseImported))),
    }),
  ]
}
