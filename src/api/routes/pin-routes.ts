import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { renderPins } from '../render-pins.ts'
import { defineRoute, type Route } from '../route.ts'
import { pinsSchema } from '../schema/pins.ts'

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
      summary: 'Accept what drifted, as it is shown',
      body: z.strictObject({}),
      response: pinsSchema,
      handle: async ({ params, principal, reply }) =>
        reply(renderPins(await hosting.acceptPins(params['name']!, principal))),
    }),
  ]
}
