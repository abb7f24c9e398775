import type { ApiDeps } from '../api-deps.ts'
import { renderHealth } from '../render-health.ts'
import { defineRoute, type Route } from '../route.ts'
import { healthSchema } from '../schema/health.ts'

export function buildHealthRoutes({ hosting }: Pick<ApiDeps, 'hosting'>): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/v1/servers/:name/health',
      needs: 'servers:read',
      summary:
        'Has it started, does it live, do calls go to it: each with what was seen last, and what was seen before',
      response: healthSchema,
      async handle({ params, reply }) {
        const { server, health } = await hosting.get(params['name']!)
        return reply(renderHealth(server.name, health))
      },
    }),
  ]
}
