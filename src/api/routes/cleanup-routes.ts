import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { renderCleanupDone, renderCleanupList } from '../render-cleanup.ts'
import { defineRoute, type Route } from '../route.ts'
import { cleanupDoneSchema, cleanupListSchema } from '../schema/cleanup.ts'

export function buildCleanupRoutes({ hosting }: ApiDeps): Route[] {
  const path = '/api/v1/cleanup'
  return [
    defineRoute({
      method: 'GET',
      path,
      needs: 'servers:read',
      summary: 'What a clean-up would remove now, and why; changes nothing',
      response: cleanupListSchema,
      handle: async ({ reply }) => reply(renderCleanupList(await hosting.listCleanup())),
    }),
    defineRoute({
      method: 'POST',
      path,
      needs: 'admin',
      action: 'cleanup.run',
      summary: 'Remove what nothing uses any more; says what came free',
      body: z.strictObject({}),
      response: cleanupDoneSchema,
      handle: async ({ principal, reply }) => reply(renderCleanupDone(await hosting.cleanUp(principal))),
    }),
  ]
}
