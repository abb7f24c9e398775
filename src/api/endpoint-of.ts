import type { Endpoint } from '../domain/principal.ts'
import { factsOf } from './request-facts.ts'

/** The place that a token of an external issuer has to be for: `/mcp`, or all of the REST API as one. */
export function endpointOf(request: Request): Endpoint {
  const isMcp = new URL(request.url).pathname === '/mcp'
  return {
    host: request.headers.get('host') ?? undefined,
    path: isMcp ? '/mcp' : '/api/v1',
    readIp: () => factsOf(request)?.peer.ip ?? null,
  }
}
