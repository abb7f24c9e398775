import type { ApiDeps } from '../api-deps.ts'
import { readEndpointClients, readServerClients } from '../render-clients.ts'
import { defineRoute, type Route } from '../route.ts'
import { clientListSchema } from '../schema/clients.ts'

/** How MCP clients are given an endpoint. They hold no token: one is made at /api/v1/tokens. */
export function buildClientRoutes(deps: ApiDeps): Route[] {
  const common = { method: 'GET', needs: 'servers:read', response: clientListSchema } as const
  return [
    defineRoute({
      ...common,
      path: '/api/v1/servers/:name/clients',
      summary: 'How each known client is given this server: links, commands, files, or why it cannot be',
      handle: async ({ params, reply }) => reply(await readServerClients(deps, params['name']!)),
    }),
    defineRoute({
      ...common,
      path: '/api/v1/hub/clients',
      summary: 'How each known client is given all servers behind one endpoint',
      handle: async ({ reply }) => reply(readEndpointClients(deps, 'hub')),
    }),
    defineRoute({
      ...common,
      path: '/api/v1/mcp/clients',
      summary: 'How each known client is given the tools of the platform itself',
      handle: async ({ reply }) => reply(readEndpointClients(deps, 'platform')),
    }),
  ]
}
