import { z } from 'zod'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { LogLine, LogQuery } from '../../domain/log-line.ts'
import type { ApiDeps } from '../api-deps.ts'
import { parseLogRange } from '../parse-log-range.ts'
import { renderLogLine } from '../render-log.ts'
import { defineRoute, type Route } from '../route.ts'
import { logDownloadQuerySchema, logSearchQuerySchema, logSearchSchema } from '../schema/log.ts'
import { searchLogs } from '../search-logs.ts'
import { runForCaller } from '../watch-caller.ts'

/** Lines that are read, and compressed, at once. */
const PAGE = 5_000
const compress = promisify(gzip)

/** Looking for lines of a log, and taking it away. */
export function buildLogRoutes({ hosting, access }: ApiDeps): Route[] {
  const common = { method: 'GET', needs: 'logs:read', isNoted: true } as const
  return [
    defineRoute({
      ...common,
      path: '/api/v1/servers/:name/logs/search',
      summary:
        'Look for lines of a log: literal, glob or regex, newest first; ends when the caller goes away',
      query: logSearchQuerySchema,
      response: logSearchSchema,
      handle: async (call) =>
        call.reply(
          await runForCaller(access, call, (signal) =>
            searchLogs(hosting, call.params['name']!, call.query, signal),
          ),
        ),
    }),
    defineRoute({
      ...common,
      path: '/api/v1/servers/:name/logs/download',
      summary: 'A range of a log as a file',
      query: logDownloadQuerySchema,
      response: z.string(),
      answers: 'application/octet-stream',
      async handle({ params, query }) {
        const name = params['name']!
        const { after = 0, before, grep, format, gz } = query
        // Before the headers: an unknown server is a 404, not a broken file.
        await hosting.get(name)
        const range = {
          ...parseLogRange(query),
          ...(before === undefined ? {} : { before }),
          ...(grep === undefined ? {} : { grep }),
        }
        const read = (from: number) => hosting.readLogs(name, { ...range, after: from, limit: PAGE })
        const file = `${name}.${format === 'text' ? 'log' : 'ndjson'}${gz === 'true' ? '.gz' : ''}`
        const render = format === 'text' ? renderText : renderNdjson
        return new Response(streamPages(read, after, render, gz === 'true'), {
          headers: {
            'content-type': 'application/octet-stream',
            'content-disposition': `attachment; filename="${file}"`,
            'content-security-policy': "default-src 'none'; sandbox",
          },
        })
      },
    }),
  ]
}

/** Each page is compressed by itself: gzip files may be joined (RFC 1952 §2.2). */
function streamPages(
  read: (after: number) => Promise<readonly LogLine[]>,
  first: NonNullable<LogQuery['after']>,
  render: (line: LogLine) => string,
  isCompressed: boolean,
): ReadableStream<Uint8Array> {
  let after = first
  return new ReadableStream({
    async pull(controller) {
      const lines = await read(after)
      const last = lines.at(-1)
      if (last === undefined) return controller.close()
      after = last.seq
      const bytes = Buffer.from(lines.map(render).join(''))
      controller.enqueue(isCompressed ? await compress(bytes) : bytes)
    },
  })
}

function renderText(line: LogLine): string {
  const { time, stream, text } = renderLogLine(line)
  return `${time} ${stream.padEnd(8)} ${text}\n`
}

function renderNdjson(line: LogLine): string {
  return `${JSON.stringify(renderLogLine(line))}\n`
}
