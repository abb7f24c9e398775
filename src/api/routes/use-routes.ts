import type { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import { buildLogMatcher, type LogLine, type LogQuery } from '../../domain/log-line.ts'
import { mayCall } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import { parseLogRange } from '../parse-log-range.ts'
import { renderLogLine } from '../render-log.ts'
import { defineRoute, type Route } from '../route.ts'
import { logListSchema, logQuerySchema } from '../schema/log.ts'
import { callResultSchema, callSchema, toolListSchema } from '../schema/tool.ts'
import { joinHistory, renderOnce, type Streams } from '../streams.ts'
import { runForCaller } from '../watch-caller.ts'

const DEFAULT_LINES = 1_000

/** What is done with one server: its logs and its tools. */
export function buildUseRoutes({ hosting, access }: ApiDeps, streams: Streams): Route[] {
  const path = '/api/v1/servers/:name'
  return [
    defineRoute({
      method: 'GET',
      path: `${path}/logs`,
      needs: 'logs:read',
      isNoted: true,
      summary: 'Log lines of a server; with follow=true an NDJSON stream that goes on',
      query: logQuerySchema,
      response: logListSchema,
      async handle(call) {
        const name = call.params['name']!
        const query = parseLogQuery(call.query)
        // Before the stream's headers: an unknown server is a 404, not a broken stream.
        if (call.query.follow === 'true') {
          const { id } = (await hosting.get(name)).server
          // The live part obeys the same filter as the history.
          const isWanted = buildLogMatcher(query)
          return streams.open(call, {
            contentType: 'application/x-ndjson',
            heartbeat: '\n',
            overflow: '',
            async start(push, end) {
              const stopWatching = hosting.subscribeEvents(({ event }) => {
                if (event.type === 'server.deleted' && event.serverId === id) end()
              })
              const stop = await joinHistory<LogLine>({
                read: () => hosting.readLogs(name, query),
                subscribe: (listener) => hosting.followLogs(name, listener),
                orderOf: ({ seq }) => seq,
                push: (lines) => push(lines.filter(isWanted).map(renderNdjson)),
              })
              return () => {
                stopWatching()
                stop()
              }
            },
          })
        }
        const lines = await hosting.readLogs(name, query)
        const last = lines.at(-1)
        return call.reply({
          items: lines.map(renderLogLine),
          next_cursor: last === undefined ? (call.query.cursor?.toString() ?? null) : String(last.seq),
        })
      },
    }),
    defineRoute({
      method: 'GET',
      path: `${path}/tools`,
      needs: 'mcp:call',
      summary: 'The tools of a running server, as it describes them',
      response: toolListSchema,
      async handle({ params, principal, request, reply }) {
        const tools = await hosting.listTools(params['name']!, principal, request.signal)
        return reply({ items: tools as z.input<typeof toolListSchema>['items'] })
      },
    }),
    defineRoute({
      method: 'POST',
      path: `${path}/call`,
      needs: 'mcp:call',
      auditDetails: ({ body }) => ({ tool: body.tool }),
      summary: 'Call one tool of a running server',
      body: callSchema,
      response: callResultSchema,
      async handle(asked) {
        const { params, body, principal, reply } = asked
        const server = params['name']!
        if (!mayCall(principal, server, body.tool)) {
          throw new AppError('forbidden', `The token lacks mcp:call:${server}:${body.tool}.`)
        }
        const call = { server, tool: body.tool, args: body.arguments }
        const result = await runForCaller(access, asked, (signal) =>
          hosting.callTool(call, principal, signal),
        )
        return reply({ ...result })
      },
    }),
  ]
}

function parseLogQuery(query: z.output<typeof logQuerySchema>): LogQuery {
  const { cursor, before, tail, grep, limit } = query
  return {
    ...parseLogRange(query),
    ...(cursor === undefined ? {} : { after: cursor }),
    ...(before === undefined ? {} : { before }),
    ...(tail === undefined ? {} : { tail }),
    ...(grep === undefined ? {} : { grep }),
    limit: limit ?? tail ?? DEFAULT_LINES,
  }
}

const renderNdjson = renderOnce((line: LogLine) => `${JSON.stringify(renderLogLine(line))}\n`)
