import { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import { renderChanges } from '../../hosting/describe-changes.ts'
import type { ServerView } from '../../hosting/server-view.ts'
import type { ApiDeps } from '../api-deps.ts'
import { buildPrecondition, createTagger } from '../server-tag.ts'
import {
  buildCursor,
  buildServerQuery,
  parseFields,
  pickFields,
  serverChoiceShape,
  serverFieldsShape,
} from '../choose-servers.ts'
import { renderCalls } from '../render-calls.ts'
import { renderComparison } from '../render-comparison.ts'
import { renderServer, renderVersion } from '../render-server.ts'
import { comparisonQuerySchema, comparisonSchema } from '../schema/comparison.ts'
import { assertMaySet, parseSettings } from '../parse-settings.ts'
import { defineRoute, type Route } from '../route.ts'
import { callWindowSchema, serverCallsSchema } from '../schema/calls.ts'
import { pageQuerySchema } from '../schema/common.ts'
import {
  chosenServerListSchema,
  serverDeletedSchema,
  serverPatchedSchema,
  serverPatchSchema,
  serverSchema,
  versionDeletedSchema,
  versionListSchema,
} from '../schema/server.ts'

export function buildServerRoutes({ hosting, baseUrl, clock, createSessionId }: ApiDeps): Route[] {
  const tagOf = createTagger(createSessionId())
  const render = (view: ServerView) => renderServer(view, baseUrl, clock.now())
  const path = '/api/v1/servers/:name'
  return [
    defineRoute({
      method: 'GET',
      path: '/api/v1/servers',
      needs: 'servers:read',
      summary: 'All servers, by name',
      query: pageQuerySchema.extend({ ...serverChoiceShape, ...serverFieldsShape }).strict(),
      response: chosenServerListSchema,
      async handle({ query, reply }) {
        const fields = parseFields(query.fields)
        const { cursor, limit } = query
        const { views, last, total } = await hosting.listPage(buildServerQuery(query, { cursor, limit }))
        return reply({
          items: views.map((view) => pickFields(render(view), fields)),
          next_cursor: last === null ? null : buildCursor(last),
          total,
        })
      },
    }),
    defineRoute({
      method: 'GET',
      path,
      needs: 'servers:read',
      summary: 'One server with its status, instance, limits and use',
      response: serverSchema,
      async handle({ params, reply }) {
        const view = await hosting.get(params['name']!)
        return reply(render(view), { etag: tagOf(view.server) })
      },
    }),
    defineRoute({
      method: 'PATCH',
      path,
      needs: 'servers:write',
      summary:
        'Change settings (JSON Merge Patch); restart_required says what waits for the next start. If-Match guards against others',
      body: serverPatchSchema,
      auditDetails: ({ body }) => ({ fields: Object.keys(body) }),
      response: serverPatchedSchema,
      async handle({ params, body, principal, request, reply, tell }) {
        assertMaySet(principal, body)
        const isExpected = buildPrecondition(request.headers.get('if-match'), tagOf)
        const result = await hosting.set(params['name']!, parseSettings(body), principal, isExpected)
        tell(renderChanges(result.changes))
        const shown = {
          server: render(result.view),
          changed: [...result.changed],
          restart_required: result.restartRequired,
        }
        return reply(shown, { etag: tagOf(result.view.server) })
      },
    }),
    defineRoute({
      method: 'DELETE',
      path,
      needs: 'servers:delete',
      summary: 'Remove a server with its process, data, logs and versions',
      query: z.strictObject({
        force: z.enum(['true', 'false']).optional().describe('true: also while it runs'),
      }),
      response: serverDeletedSchema,
      auditDetails: ({ query }) => ({ force: query.force === 'true' }),
      async handle({ params, query, principal, reply }) {
        const gone = await hosting.delete(params['name']!, { force: query.force === 'true' }, principal)
        return reply({ ...gone, deleted: true })
      },
    }),
    ...(['start', 'stop', 'restart', 'restore'] as const).map((verb) =>
      defineRoute({
        method: 'POST',
        path: `${path}/${verb}`,
        needs: 'servers:write',
        summary:
          verb === 'restore'
            ? 'Host an archived server again, stopped'
            : `${verb[0]!.toUpperCase()}${verb.slice(1)} a server; answers when it is so`,
        body: z.strictObject({}),
        response: serverSchema,
        handle: async ({ params, principal, reply }) =>
          reply(render(await hosting[verb](params['name']!, principal))),
      }),
    ),
    defineRoute({
      method: 'POST',
      path: `${path}/rollback`,
      needs: 'servers:deploy',
      summary: 'Make an earlier version active',
      body: z.strictObject({ version: z.int().min(1).optional().describe('Absent: the one before') }),
      response: serverSchema,
      auditDetails: ({ body }) => ({ version: body.version ?? null }),
      async handle({ params, body, principal, reply, tell }) {
        const name = params['name']!
        const { version: before } = await hosting.get(name)
        const view = await hosting.rollback(name, body.version ?? null, principal)
        tell(
          renderChanges([
            { field: 'version', before: before?.number ?? null, after: view.version?.number ?? null },
          ]),
        )
        return reply(render(view))
      },
    }),
    defineRoute({
      method: 'GET',
      path: `${path}/metrics`,
      needs: 'servers:read',
      summary: 'Calls of a server, each tool by itself: how many, how they ended, how long they took',
      query: callWindowSchema,
      response: serverCallsSchema,
      async handle({ params, query, reply }) {
        const name = params['name']!
        return reply(renderCalls(name, await hosting.getServerCalls(name, query.seconds)))
      },
    }),
    defineRoute({
      method: 'GET',
      path: `${path}/versions/compare`,
      needs: 'servers:read',
      summary: 'What differs between two versions: files, dependencies, settings, definitions',
      query: comparisonQuerySchema,
      response: comparisonSchema,
      handle: async ({ params, query, reply }) =>
        reply(renderComparison(await hosting.compareVersions(params['name']!, query.from, query.to))),
    }),
    defineRoute({
      method: 'GET',
      path: `${path}/versions`,
      needs: 'servers:read',
      summary: 'The versions of a server, newest first',
      response: versionListSchema,
      async handle({ params, reply }) {
        const versions = await hosting.listVersions(params['name']!)
        return reply({ items: versions.map(renderVersion) })
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: `${path}/versions/:version`,
      needs: 'servers:delete',
      summary: 'Remove one version that nothing needs: not the active one, nor what may be gone back to',
      response: versionDeletedSchema,
      async handle({ params, principal, reply, tell }) {
        const gone = await hosting.deleteVersion(
          params['name']!,
          parseVersionNumber(params['version']!),
          principal,
        )
        tell({ version: gone.version, freed_bytes: gone.freedBytes })
        return reply({ version: gone.version, freed_bytes: gone.freedBytes, deleted: true })
      },
    }),
  ]
}

function parseVersionNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new AppError('version_not_found', `There is no version "${text}".`)
}
