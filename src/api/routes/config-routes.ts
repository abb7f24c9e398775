import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { defineRoute, type Route } from '../route.ts'
import { configListSchema, configReloadSchema } from '../schema/config.ts'

/** What the operator of the platform asks of the running program itself. */
export function buildConfigRoutes({ reloadConfig, readConfig, readLog }: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/v1/config',
      needs: 'admin',
      summary: 'The configuration in force, key by key; secrets are in files that it only names',
      response: configListSchema,
      handle: async ({ reply }) => reply({ items: readConfig().map((setting) => ({ ...setting })) }),
    }),
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
