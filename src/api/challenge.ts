import type { OAuth } from '../access/oauth/open-oauth.ts'
import { renderChallenge } from '../domain/challenge.ts'
import { AppError } from '../domain/error.ts'
import { endpointOf } from './endpoint-of.ts'

/** WWW-Authenticate for a 401, and for a 403 that a scope would mend; null for every other answer. */
export function findChallenge(oauth: OAuth | null, request: Request, error: unknown): string | null {
  if (!(error instanceof AppError)) return null
  const at = endpointOf(request)
  const isMcp = at.path === '/mcp'
  const scope = error.details?.['scope']
  const grants = typeof scope === 'string' ? [scope] : isMcp ? [LEAST] : []
  if (error.code === 'forbidden') {
    return grants.length === 0 ? null : renderChallenge(oauth, at, { error: 'insufficient_scope', grants })
  }
  if (error.code !== 'unauthenticated') return null
  if (oauth === null) return 'Bearer realm="haivemind"'
  const sent = request.headers.has('authorization')
  return renderChallenge(oauth, at, { ...(sent ? { error: 'invalid_token' } : {}), grants })
}

/** To look around on `/mcp`; what a tool needs beyond it is asked for when that tool is called. */
const LEAST = 'servers:read'
