/** WWW-Authenticate: what a client is to do about a 401 or 403 (RFC 6750 §3, RFC 9728 §5.1). */
import type { Endpoint, Grant } from './principal.ts'

/** Where clients get tokens of an external issuer; fulfilled by access/, null where no issuer is configured. */
export interface ResourceServer {
  /** Of the endpoint's RFC 9728 metadata. */
  metadataUrl(at: Endpoint): string
  /** The issuer's word for what would give this grant. */
  findScope(grant: Grant): string
}

type Refusal = {
  readonly error?: 'invalid_token' | 'insufficient_scope'
  /** What would be enough here. */
  readonly grants: readonly Grant[]
}

/** Without an issuer a 401 says no scope: the platform's own tokens are not asked for but given. */
export function renderChallenge(server: ResourceServer | null, at: Endpoint, refusal: Refusal): string {
  const { error, grants } = refusal
  const scope = grants.map((grant) => clean(server?.findScope(grant) ?? grant)).join(' ')
  const hasScope = scope !== '' && (server !== null || error === 'insufficient_scope')
  const parts = [
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(hasScope ? [`scope="${scope}"`] : []),
    ...(server === null ? [] : [`resource_metadata="${clean(server.metadataUrl(at))}"`]),
  ]
  return parts.length === 0 ? 'Bearer' : `Bearer ${parts.join(', ')}`
}

/** What stands in quotes stays there, whatever a client calls its tool (RFC 6749 §3.3: no quote, backslash, space). */
function clean(text: string): string {
  return text.replaceAll(/[^\x21\x23-\x5b\x5d-\x7e]/g, '?')
}
