import type { ApiDeps } from '../api-deps.ts'
import { readEndpointClients, readServerClients } from '../render-clients.ts'
import { defineRoute, type Route } from '../route.ts'
import { clientListSchema, endpointTrialSchema, hubClientsQuerySchema } from '../schema/clients.ts'
import { testServerEndpoint } from '../test-endpoint.ts'

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
      method: 'POST',
      path: '/api/v1/servers/:name/clients/test',
      needs: 'mcp:call',
      action: 'client.test',
      summary:
        'Try the endpoint of this server through its public address, in both generations of the protocol',
      response: endpointTrialSchema,
      handle: async ({ params, principal, reply }) =>
        reply(await testServerEndpoint(deps, params['name']!, principal)),
    }),
    defineRoute({
      ...common,
      path: '/api/v1/hub/clients',
      summary: 'How each known client is given all servers behind one endpoint',
      query: hubClientsQuerySchema,
      handle: async ({ query, reply }) => reply(readEndpointClients(deps, 'hub', query.servers)),
    }),
    defineRoute({
      ...common,
      path: '/api/v1/mcp/clients',
      summary: 'How each known client is given the tools of the platform itself',
      handle: async ({ reply }) => reply(readEndpointClients(deps, 'platform')),
    }),
  ]
}
