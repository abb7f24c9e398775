import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { defineRoute, type Route } from '../route.ts'
import { configReloadSchema } from '../schema/config.ts'

/** What the operator of the platform asks of the running program itself. */
export function buildConfigRoutes({ reloadConfig, readLog }: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/v1/config/reload',
      needs: 'admin',
      summary: 'Read the configuration again; one that is not usable changes nothing',
      body: z.strictObject({}),
      response: configReloadSchema,
      handle: async ({ principal, reply }) => reply(await reloadConfig(principal.id)),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/system/log',
      needs: 'admin',
      summary: 'The last lines of the platform’s own log, secrets masked',
      response: z.string(),
      answers: 'application/x-ndjson',
      handle: async () =>
        new Response(
          readLog()
            .map((line) => `${line}\n`)
            .join(''),
          { headers: { 'content-type': 'application/x-ndjson' } },
        ),
    }),
  ]
}
