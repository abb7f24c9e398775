import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { renderPins } from '../render-pins.ts'
import { defineRoute, type Route } from '../route.ts'
import { driftHashSchema, pinsSchema } from '../schema/pins.ts'

/**
 * What servers are held to. There is no MCP tool that accepts: the text that a model would have to judge is the one
 * that may be written to mislead it.
 */
export function buildPinRoutes({ hosting }: ApiDeps): Route[] {
  const path = '/api/v1/servers/:name/pins'
  return [
    defineRoute({
      method: 'GET',
      path,
      needs: 'servers:read',
      summary: 'What a server says of itself, as it was accepted, and what it says otherwise by now',
      response: pinsSchema,
      handle: async ({ params, reply }) => reply(renderPins(await hosting.viewPins(params['name']!))),
    }),
    defineRoute({
      method: 'POST',
      path: `${path}/approve`,
      needs: 'servers:deploy',
      summary:
        'Accept what drifted, as it was shown; 409 when the server says something else by now than drift_hash',
      body: z.strictObject({ drift_hash: driftHashSchema.optional().describe('Of what was read') }),
      auditDetails: ({ body }) => ({ drift_hash: body.drift_hash ?? null }),
      response: pinsSchema,
      handle: async ({ params, body, principal, reply }) =>
        reply(renderPins(await hosting.acceptPins(params['name']!, principal, body.drift_hash))),
    }),
  ]
}
