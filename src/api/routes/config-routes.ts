import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { defineRoute, type Route } from '../route.ts'
import { configReloadSchema } from '../schema/config.ts'

export function buildConfigRoutes({ reloadConfig }: ApiDeps): Route[] {
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
  ]
}
