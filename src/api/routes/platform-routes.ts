import { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import type { EventRecord } from '../../domain/event.ts'
import type { ApiDeps } from '../api-deps.ts'
import { mayRead, renderEvent } from '../render-event.ts'
import { renderOperation } from '../render-operation.ts'
import { renderStats } from '../render-stats.ts'
import { defineRoute, type Call, type Route } from '../route.ts'
import { eventListSchema } from '../schema/event.ts'
import { operationSchema } from '../schema/operation.ts'
import { statsSchema, systemSchema } from '../schema/platform.ts'
import { joinHistory, type Streams } from '../streams.ts'
import { runForCaller } from '../watch-caller.ts'

const MAX_REPLAY = 1_000
const MAX_WAIT_SECONDS = 60

export function buildPlatformRoutes(deps: ApiDeps, streams: Streams): Route[] {
  const { hosting, clock, access } = deps
  const startedAt = clock.monotonic()
  return [
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
      method: 'GET',
      path: '/api/v1/events',
      needs: 'servers:read',
      summary: 'The latest events; with Accept: text/event-stream a stream that resumes after Last-Event-ID',
      query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(50) }),
      response: eventListSchema,
      async handle(call) {
        const accept = call.request.headers.get('accept') ?? ''
        if (accept.includes('text/event-stream')) return openEvents(deps, streams, call)
        const records = await hosting.listLatestEvents(call.query.limit)
        return call.reply({
          items: records.filter((record) => mayRead(call.principal, record)).map(renderEvent),
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

async function openEvents({ hosting }: ApiDeps, streams: Streams, call: Call): Promise<Response> {
  const header = call.request.headers.get('last-event-id')
  const after = header === null ? null : Number(header)
  if (after !== null && (!Number.isSafeInteger(after) || after < 0)) {
    throw new AppError('invalid_request', 'Last-Event-ID: is not an id that this stream gave.')
  }
  const missed = after === null ? [] : await hosting.listEvents({ after, limit: MAX_REPLAY + 1 })
  const isTooMuch = missed.length > MAX_REPLAY
  return streams.open(call, {
    contentType: 'text/event-stream',
    heartbeat: ': still here\n\n',
    overflow: RESET,
    start: (push) => {
      if (isTooMuch) push(RESET)
      return joinHistory<EventRecord>({
        read: async () =>
          after === null || isTooMuch ? [] : hosting.listEvents({ after, limit: MAX_REPLAY + 1 }),
        subscribe: (listener) => hosting.subscribeEvents(listener),
        orderOf: ({ id }) => id,
        push: (records) =>
          push(
            records
              .filter((record) => mayRead(call.principal, record))
              .map(renderSse)
              .join(''),
          ),
      })
    },
  })
}

/** Some events are not in the stream: read the state again. */
const RESET = 'event: reset\ndata: {}\n\n'

function renderSse(record: EventRecord): string {
  const event = renderEvent(record)
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
