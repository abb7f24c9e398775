/** Scanning without deploying, what was found, and who says that it is fine. */
import { z } from 'zod'
import type { ServerView } from '../../hosting/server-view.ts'
import type { ApiDeps } from '../api-deps.ts'
import { readUpload, UPLOAD_TYPES } from '../read-upload.ts'
import { renderFindingList, renderScan, renderSecurity, renderSuppression } from '../render-finding.ts'
import { renderSarif } from '../render-sarif.ts'
import { renderServer } from '../render-server.ts'
import { defineRoute, type Route } from '../route.ts'
import {
  findingListSchema,
  fingerprintSchema,
  reasonSchema,
  sarifSchema,
  scanSchema,
  securityListSchema,
  suppressionListSchema,
  suppressionSchema,
} from '../schema/finding.ts'
import { serverSchema } from '../schema/server.ts'

const MAX_DAYS = 365

export function buildScanRoutes(deps: ApiDeps): Route[] {
  return [...buildScanning(deps), ...buildSuppressing(deps)]
}

function buildScanning(deps: ApiDeps): Route[] {
  const { hosting, baseUrl, clock, version: platformVersion } = deps
  const render = (view: ServerView) => renderServer(view, baseUrl, clock.now())
  return [
    defineRoute({
      method: 'POST',
      path: '/api/v1/scan',
      needs: 'servers:deploy',
      counts: 'uploads',
      action: 'archive.scan',
      summary: 'Check and scan an archive; nothing is deployed',
      query: z.strictObject({
        sarif: z.enum(['true', 'false']).default('false').describe('With SARIF 2.1.0'),
      }),
      accepts: UPLOAD_TYPES,
      response: scanSchema,
      async handle({ request, query, reply }) {
        const { archive } = await readUpload(deps, request, null)
        const scanned = await hosting.scan(archive, request.signal)
        return reply(renderScan(scanned, archive, { sarif: query.sarif === 'true', platformVersion }))
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/security',
      needs: 'servers:read',
      summary: 'Of every server: verdict, findings and review of its newest version, and what drifted',
      response: securityListSchema,
      handle: async ({ reply }) => reply(renderSecurity(await hosting.listSecurity())),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/servers/:name/findings',
      needs: 'servers:read',
      summary: 'What was found in a version of a server, worst first',
      query: z.strictObject({
        version: z.coerce.number().int().min(1).optional().describe('Absent: the newest'),
        format: z.enum(['json', 'sarif']).default('json'),
      }),
      response: z.union([findingListSchema, sarifSchema]),
      async handle({ params, query, reply }) {
        const list = renderFindingList(await hosting.readFindings(params['name']!, query.version ?? null))
        if (query.format === 'json') return reply(list)
        return reply(renderSarif({ ...list, ruleSet: list.rule_set, platformVersion }))
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/v1/servers/:name/approve',
      needs: 'admin',
      auditDetails: ({ body }) => ({ version: body.version ?? null, reason: body.reason }),
      summary: 'Release a version that a review holds',
      body: z.strictObject({
        reason: reasonSchema,
        version: z.int().min(1).optional().describe('Absent: the one that waits'),
        start: z.boolean().default(true).describe('false: approve only'),
      }),
      response: serverSchema,
      async handle({ params, body, principal, reply }) {
        const { reason, version = null, start } = body
        return reply(render(await hosting.approve(params['name']!, { reason, version, start }, principal)))
      },
    }),
  ]
}

function buildSuppressing({ hosting, clock }: ApiDeps): Route[] {
  const path = '/api/v1/suppressions'
  return [
    defineRoute({
      method: 'GET',
      path,
      needs: 'admin',
      summary: 'Findings that do not count, and why',
      response: suppressionListSchema,
      async handle({ reply }) {
        const all = await hosting.listSuppressions()
        return reply({ items: all.map((suppression) => renderSuppression(suppression, clock.now())) })
      },
    }),
    defineRoute({
      method: 'POST',
      path,
      needs: 'admin',
      summary: 'Let a finding count no more, for a time',
      auditDetails: ({ body }) => ({ fingerprint: body.fingerprint, days: body.days, reason: body.reason }),
      body: z.strictObject({
        fingerprint: fingerprintSchema,
        reason: reasonSchema,
        days: z.int().min(1).max(MAX_DAYS).default(90),
      }),
      status: 201,
      response: suppressionSchema,
      handle: async ({ body, principal, reply }) =>
        reply(renderSuppression(await hosting.suppress(body, principal), clock.now())),
    }),
    defineRoute({
      method: 'DELETE',
      path: `${path}/:fingerprint`,
      needs: 'admin',
      summary: 'Let a finding count again',
      response: z.object({ fingerprint: z.string(), deleted: z.literal(true) }),
      async handle({ params, principal, reply }) {
        const fingerprint = params['fingerprint']!
        await hosting.removeSuppression(fingerprint, principal)
        return reply({ fingerprint, deleted: true })
      },
    }),
  ]
}
