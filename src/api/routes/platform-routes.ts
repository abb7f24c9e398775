import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { openEventStream } from '../event-stream.ts'
import { EVENT_TOPICS, parseTopics } from '../event-topics.ts'
import { mayRead, renderEvent } from '../render-event.ts'
import { renderOperation, renderOperationRow } from '../render-operation.ts'
import { renderStats } from '../render-stats.ts'
import { defineRoute, type Route } from '../route.ts'
import { eventListSchema } from '../schema/event.ts'
import { operationListSchema, operationQuerySchema, operationSchema } from '../schema/operation.ts'
import { statsSchema, systemSchema } from '../schema/platform.ts'
import type { Streams } from '../streams.ts'
import { runForCaller } from '../watch-caller.ts'

const MAX_WAIT_SECONDS = 60

export function buildPlatformRoutes(deps: ApiDeps, streams: Streams): Route[] {
  const { hosting, clock, access } = deps
  const startedAt = clock.monotonic()
  return [
    defineRoute({
      method: 'GET',
      path: '/api/v1/operations',
      needs: 'servers:read',
      summary: 'Deployments, newest first: who began them, how far they came',
      query: operationQuerySchema,
      response: operationListSchema,
      async handle({ query: { server = null, status = null, limit }, reply }) {
        const found = await hosting.listOperations({ server, status, limit })
        return reply({ items: found.map(renderOperationRow) })
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/operations/:id',
      needs: 'servers:read',
      summary: 'A deployment with its stages; it always ends',
      query: z.strictObject({
        wait: z.coerce
          .number()
          .min(0)
          .max(MAX_WAIT_SECONDS)
          .default(0)
          .describe('Answer when it has ended, at the latest after these seconds'),
      }),
      response: operationSchema,
      async handle(call) {
        const { params, query, reply } = call
        const operation = await runForCaller(access, call, (signal) =>
          hosting.getOperation(params['id']!, { waitMs: query.wait * 1000, signal }),
        )
        return reply(await renderOperation(deps, operation))
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/v1/operations/:id/cancel',
      needs: 'servers:deploy',
      summary: 'End a deployment that goes on; what it began is taken back',
      action: 'server.cancel_deploy',
      body: z.strictObject({}),
      response: operationSchema,
      handle: async ({ params, reply }) =>
        reply(await renderOperation(deps, await hosting.cancelOperation(params['id']!))),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/events',
      needs: 'servers:read',
      summary: 'The latest events; with Accept: text/event-stream a stream that resumes after Last-Event-ID',
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(1_000).default(50),
        topics: z
          .string()
          .max(2_000)
          .optional()
          .describe(
            `Comma-separated: ${EVENT_TOPICS.join(', ')}; of streams also metric, log:{server}, log:{server}@{cursor}`,
          ),
      }),
      response: eventListSchema,
      async handle(call) {
        const accept = call.request.headers.get('accept') ?? ''
        const topics = parseTopics(call.query.topics)
        if (accept.includes('text/event-stream')) return openEventStream(deps, streams, call, topics)
        const records = await hosting.listLatestEvents(call.query.limit)
        return call.reply({
          items: records
            .filter((record) => topics.isWanted(record.event) && mayRead(call.principal, record))
            .map(renderEvent),
        })
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/stats',
      needs: 'servers:read',
      summary: 'Counts and sums over all servers',
      response: statsSchema,
      handle: async ({ reply }) =>
        reply(renderStats(await hosting.getStats(), (clock.monotonic() - startedAt) / 1000, clock.now())),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/system',
      needs: 'servers:read',
      summary: 'The platform and what this host can enforce',
      response: systemSchema,
      handle: async ({ reply }) => reply(await deps.readSystem()),
    }),
  ]
}
