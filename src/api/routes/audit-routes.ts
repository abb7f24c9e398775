import { z } from 'zod'
import type { AuditQuery } from '../../domain/audit.ts'
import { AppError } from '../../domain/error.ts'
import type { ApiDeps } from '../api-deps.ts'
import { defineRoute, type Route } from '../route.ts'
import {
  auditListSchema,
  auditQuerySchema,
  auditVerdictSchema,
  renderAuditRecord,
  renderAuditVerdict,
} from '../schema/audit.ts'

export function buildAuditRoutes({ audit }: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/v1/audit',
      needs: 'admin',
      summary: 'Who did what, newest first; records in closed segments are in the export only',
      query: auditQuerySchema,
      response: auditListSchema,
      async handle({ query, reply }) {
        const records = audit.list(parseQuery(query))
        const last = records.at(-1)
        const isFull = last !== undefined && records.length === query.limit
        return reply({ items: records.map(renderAuditRecord), next_cursor: isFull ? String(last.seq) : null })
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/audit/export',
      needs: 'admin',
      summary: 'All records from the first, one JSON line each',
      isNoted: true,
      action: 'audit.export',
      response: z.string(),
      answers: 'application/x-ndjson',
      handle: async () => new Response(streamOf(audit.export()), { headers: EXPORT_HEADERS }),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/audit/verify',
      needs: 'admin',
      summary: 'Checks the whole chain; names the first record that is not as it was written',
      response: auditVerdictSchema,
      handle: async ({ reply }) => reply(renderAuditVerdict(await audit.verify())),
    }),
  ]
}

const EXPORT_HEADERS = {
  'content-type': 'application/x-ndjson',
  'content-disposition': 'attachment; filename="audit.jsonl"',
} as const

function parseQuery({ cursor, since, until, ...query }: z.output<typeof auditQuerySchema>): AuditQuery {
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) {
    throw new AppError('invalid_request', 'query.cursor: is not one that this list gave.')
  }
  const { actor, action, resource, outcome, limit } = query
  return {
    limit,
    order: 'newest',
    ...(cursor === undefined ? {} : { before: Number(cursor) }),
    ...(since === undefined ? {} : { since: normalize(since) }),
    ...(until === undefined ? {} : { until: normalize(until) }),
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
    ...(resource === undefined ? {} : { resource }),
    ...(outcome === undefined ? {} : { outcome }),
  }
}

/** With milliseconds, as records have them: the two compare as text. */
function normalize(time: string): string {
  return new Date(time).toISOString()
}

function streamOf(pieces: AsyncIterable<string>): ReadableStream<Uint8Array> {
  return ReadableStream.from(
    (async function* () {
      for await (const piece of pieces) yield Buffer.from(piece)
    })(),
  ) as ReadableStream<Uint8Array>
}
