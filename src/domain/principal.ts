/** Who asks, and what they may do. */

export const SCOPES = [
  'servers:read',
  'servers:write',
  'servers:deploy',
  'servers:delete',
  'logs:read',
  'secrets:write',
  'memory:read',
  'memory:write',
  'metrics:read',
  'admin',
  'mcp:call',
] as const
export type Scope = (typeof SCOPES)[number]

/** A scope as granted: one of SCOPES, or `mcp:call` narrowed to `mcp:call:{server}` or `mcp:call:{server}:{tool}`. */
export type Grant = string

/** How somebody proved who they are; `platform` acts for itself. */
export type PrincipalKind = 'local' | 'token' | 'user' | 'oauth' | 'platform'

export type Principal = {
  /** Stable, for sessions and audit: `token:tok_…`, `user:usr_…`, `oauth:…` or `local`. */
  readonly id: string
  readonly kind: PrincipalKind
  /** For people: the token's or the account's name. */
  readonly name: string
  readonly grants: readonly Grant[]
}

/** Where somebody comes in. A token of an external issuer is good for one endpoint only, by its URL (RFC 8707). */
export type Endpoint = {
  /** The Host header, after it was checked. */
  readonly host: string | undefined
  /** For example /servers/weather/mcp. */
  readonly path: string
  /** The address that it comes from; asked for only where guesses are counted. */
  readonly readIp?: () => string | null
  /** The connection that it came over: what was proved on one before need not be proved again there. */
  readonly connection?: object
}

/** Needed by the API and the gateway; fulfilled by access/. */
export interface Principals {
  /**
   * By an Authorization header; null when it is absent, malformed, unknown, expired, revoked or meant for another place.
   * At once, without database or network, but for a token of an external issuer that was not seen a moment ago; then
   * it may reject with AppError `issuer_unavailable`.
   */
  identify(authorization: string | undefined, at: Endpoint): Principal | null | Promise<Principal | null>
  /** Fires with the principal's id when it stops being valid; open streams of it end within 1 s. */
  onRevoked(listener: (principalId: string) => void): () => void
  /** Fires when its last token has run out: streams end; sessions stay, since it may come with a new one. */
  onLapsed(listener: (principalId: string) => void): () => void
}

/** `admin` includes everything but `mcp:call`, which opens no management path and is granted by itself. */
export function isAllowed(principal: Principal, scope: Scope): boolean {
  if (principal.grants.includes(scope)) return true
  return scope !== 'mcp:call' && principal.grants.includes('admin')
}

const CALL_PREFIX = 'mcp:call:'

/** May this principal reach this server at all; with `tool`, may it call that tool. */
export function mayCall(principal: Principal, server: string, tool?: string): boolean {
  for (const grant of principal.grants) {
    if (grant === 'mcp:call') return true
    if (!grant.startsWith(CALL_PREFIX) || !grant.startsWith(server, CALL_PREFIX.length)) continue
    const rest = CALL_PREFIX.length + server.length
    if (grant.length === rest) return true
    if (grant[rest] === ':' && (tool === undefined || grant.slice(rest + 1) === tool)) return true
  }
  return false
}

/**
 * May this principal know whether the server exists? Who holds only `mcp:call` for other servers may not: for them it
 * is as absent as one that never was.
 */
export function maySee(principal: Principal, server: string): boolean {
  if (mayCall(principal, server) || isAllowed(principal, 'servers:read')) return true
  return !principal.grants.some((grant) => grant.startsWith('mcp:call:'))
}

const NARROWED = /^mcp:call:[a-z][a-z0-9-]{0,62}(?::[^\s:][^\s]{0,127})?$/

export function isGrant(text: string): boolean {
  return (SCOPES as readonly string[]).includes(text) || NARROWED.test(text)
}
