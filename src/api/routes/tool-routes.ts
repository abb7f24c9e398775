import { z } from 'zod'
import { renderChanges } from '../../hosting/describe-changes.ts'
import type { ApiDeps } from '../api-deps.ts'
import { defineRoute, type Route } from '../route.ts'
import { toolStateListSchema, toolStateSchema } from '../schema/tool.ts'

/** Which tools clients get. Whether they are what was accepted is told and changed at …/pins. */
export function buildToolRoutes({ hosting }: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/v1/servers/:name/tool-states',
      needs: 'servers:read',
      summary: 'The tools of a server as they were seen last, and what became of each',
      response: toolStateListSchema,
      handle: async ({ params, reply }) =>
        reply({ items: [...(await hosting.listToolStates(params['name']!))] }),
    }),
    defineRoute({
      method: 'PATCH',
      path: '/api/v1/servers/:name/tools/:tool',
      needs: 'servers:write',
      summary: 'Switch one tool off or on: off, no client sees or calls it, at once',
      body: z.strictObject({ enabled: z.boolean() }),
      auditDetails: ({ params, body }) => ({ tool: params['tool'] ?? '', enabled: body.enabled }),
      response: toolStateSchema,
      async handle({ params, body, principal, reply, tell }) {
        const [name, tool] = [params['name']!, params['tool']!]
        const before = (await hosting.listToolStates(name)).find((state) => state.name === tool)
        const state = await hosting.setToolEnabled(name, tool, body.enabled, principal)
        tell(
          renderChanges([
            { field: `tool.${tool}.enabled`, before: before?.enabled ?? null, after: state.enabled },
          ]),
        )
        return reply(state)
      },
    }),
  ]
}
