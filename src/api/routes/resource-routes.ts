/** RFC 9728: where clients of an MCP endpoint get their tokens. Says nothing of which servers exist. */
import { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import { SERVER_NAME } from '../../domain/id.ts'
import { SCOPES, type Grant } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import { defineRoute, type Call, type Route } from '../route.ts'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

const resourceSchema = z.object({
  resource: z.string(),
  authorization_servers: z.array(z.string()).min(1),
  scopes_supported: z.array(z.string()),
  bearer_methods_supported: z.array(z.literal('header')),
  resource_name: z.string(),
})

export function buildResourceRoutes({ access }: ApiDeps): Route[] {
  // `admin` is never asked for: whoever needs it is given a token for it.
  const all = SCOPES.filter((scope) => scope !== 'admin')
  const build = (
    suffix: string,
    summary: string,
    read: (params: Call['params']) => { readonly path: string; readonly grants: readonly Grant[] },
  ) =>
    defineRoute({
      method: 'GET',
      path: `${WELL_KNOWN}${suffix}`,
      needs: 'public',
      summary,
      response: resourceSchema,
      async handle({ request, params, reply }) {
        const { path, grants } = read(params)
        if (access.oauth === null) throw new AppError('route_not_found', 'No issuer of tokens is configured.')
        const host = request.headers.get('host') ?? undefined
        const document = access.oauth.describe({ host, path }, grants)
        return reply(
          {
            ...document,
            authorization_servers: [...document.authorization_servers],
            scopes_supported: [...document.scopes_supported],
            bearer_methods_supported: [...document.bearer_methods_supported],
          },
          buildCors(request),
        )
      },
    })
  const platform = () => ({ path: '/mcp', grants: all })
  return [
    build('', 'Where tokens for /mcp come from (the form without a path)', platform),
    build('/mcp', 'Where tokens for /mcp come from', platform),
    build('/hub/mcp', 'Where tokens for all servers behind one endpoint come from', () => ({
      path: '/hub/mcp',
      grants: ['mcp:call'],
    })),
    build('/api/v1', 'Where tokens for the REST API come from', () => ({ path: '/api/v1', grants: all })),
    ...(['mcp', 'sse'] as const).map((door) =>
      build(
        `/servers/:name/${door}`,
        door === 'mcp'
          ? 'Where tokens for a hosted server come from'
          : 'Where tokens for a hosted server come from, for its clients over HTTP+SSE',
        ({ name = '' }) => {
          if (!SERVER_NAME.test(name))
            throw new AppError('route_not_found', 'That cannot be a server’s name.')
          return { path: `/servers/${name}/${door}`, grants: [`mcp:call:${name}`] }
        },
      ),
    ),
  ]
}

/** MCP clients in a browser read it too; an Origin that is not allowed was refused before. */
function buildCors(request: Request): Record<string, string> {
  const origin = request.headers.get('origin')
  return { vary: 'Origin', ...(origin === null ? {} : { 'access-control-allow-origin': origin }) }
}
