/** Tokens that an external issuer made (OAuth 2.1 resource server): who comes with them, and what they may do here. */
import { createHash } from 'node:crypto'
import type { Clock } from '../../domain/clock.ts'
import type { ResourceServer } from '../../domain/challenge.ts'
import type { Endpoint, Grant, Principal } from '../../domain/principal.ts'
import { AppError } from '../../domain/error.ts'
import { addressKey } from '../../domain/peer.ts'
import { createRateLimiter } from '../../domain/rate-limiter.ts'
import { startRepeating } from '../../domain/repeat.ts'
import type { Logger } from '../../system/log.ts'
import { createIntrospection } from './introspect.ts'
import { createIssuer } from './issuer.ts'
import { decideGrants, findScopeFor, type Claims } from './map-claims.ts'
import { createOidcLogin, type OidcLogin } from './oidc-login.ts'
import type { OAuthSettings } from './settings.ts'
import { createJwtVerifier } from './verify-jwt.ts'

export interface OAuth extends ResourceServer {
  /** Null when nobody may sign in over this issuer. */
  readonly login: OidcLogin | null
  /**
   * Null for what is refused. At once for a token that was verified for this endpoint a moment ago, else after a look at
   * the signature or at the issuer. Rejects with AppError `issuer_unavailable`: then nobody knows, and nobody comes in;
   * with `rate_limited` for an address that only guesses.
   */
  authenticate(authorization: string | undefined, at: Endpoint): Principal | null | Promise<Principal | null>
  /** A token of this principal was verified here and has neither run out nor been taken back. */
  isLive(principalId: string): boolean
  /** Fires with a principal's id when the last token it came with has run out. */
  onLapsed(listener: (principalId: string) => void): () => void
  /** The endpoint's RFC 9728 document. */
  describe(at: Endpoint, grants: readonly Grant[]): ResourceMetadata
  close(): void
}

export type ResourceMetadata = {
  readonly resource: string
  readonly authorization_servers: readonly string[]
  readonly scopes_supported: readonly string[]
  readonly bearer_methods_supported: readonly ['header']
  readonly resource_name: string
}

type Latest = { readonly token: string; readonly resource: string; readonly key: string; readonly at: number }
type Verified = { readonly principal: Principal; readonly until: number }

/** Whatever the token says: an issuer that takes it back is heard within this time where it is asked at all. */
const MAX_CACHE_MS = 60_000
const MAX_CACHED = 10_000
/** A minute, from one address, that counted for nothing: each may cost a signature, or a question to the issuer. */
const MAX_GUESSES = 60
/** A token that the issuer takes back ends what it has open, though nobody comes with it again. */
const RECHECK_MS = 30_000
const MAX_RECHECKS = 32
const SWEEP_MS = 5000
const TELL_MS = 10_000
/** For a token without an end of its own. */
const ASSUMED_LIFE_MS = 3_600_000
/** RFC 6750 §2.1. A header of 16 KiB holds no more than this anyway. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]{1,8192}=*)$/i
const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/

export type OAuthDeps = {
  readonly settings: OAuthSettings
  readonly clock: Clock
  readonly logger: Logger
  /** As clients reach the platform when they use this Host, which was checked: `https://mcp.example.org`. */
  readonly baseOf: (host: string | undefined) => string
}

export function openOAuth(deps: OAuthDeps): OAuth {
  const { settings, clock, logger, baseOf } = deps
  const issuer = createIssuer(settings, clock)
  const verifyJwt = createJwtVerifier(settings, issuer, clock)
  const introspect = createIntrospection(settings, issuer, clock)
  const prefix = `oauth:${createHash('sha256').update(settings.issuer).digest('hex').slice(0, 8)}:`
  const cached = new Map<string, Verified>()
  const pending = new Map<string, Promise<Principal | null>>()
  /** When the last token of each principal runs out. */
  const ends = new Map<string, number>()
  /** Of principals whose tokens the issuer is asked about. */
  const latest = new Map<string, Latest>()
  const listeners = new Set<(principalId: string) => void>()
  const guesses = createRateLimiter(MAX_GUESSES, clock)

  const readClaims = async (token: string, audiences: readonly string[]): Promise<Claims | null> => {
    const { introspection } = settings
    if (!JWT.test(token)) return introspection === 'off' ? null : introspect(token, audiences)
    const claims = await verifyJwt(token, audiences)
    if (claims === null || introspection !== 'always') return claims
    return (await introspect(token, audiences)) === null ? null : claims
  }

  const verify = async (token: string, resource: string, key: string): Promise<Principal | null> => {
    const { audience } = settings
    const claims = await readClaims(token, audience === null ? [resource] : [resource, audience])
    if (claims === null || typeof claims['sub'] !== 'string' || claims['sub'] === '') return null
    const now = clock.now()
    const expires = claims['exp']
    const tolerance = settings.clockToleranceSeconds * 1000
    const end = typeof expires === 'number' ? expires * 1000 + tolerance : now + ASSUMED_LIFE_MS
    const isAsked = settings.introspection === 'always' || !JWT.test(token)
    const keep = isAsked ? settings.introspectionCacheSeconds * 1000 : MAX_CACHE_MS
    const principal: Principal = {
      id: `${prefix}${renderSubject(claims['sub'])}`,
      kind: 'oauth',
      name: renderName(claims),
      grants: decideGrants(claims, settings.mapping),
    }
    if (cached.size >= MAX_CACHED) cached.delete(cached.keys().next().value ?? '')
    cached.set(key, { principal, until: Math.min(end, now + Math.min(keep, MAX_CACHE_MS)) })
    ends.set(principal.id, Math.max(end, ends.get(principal.id) ?? 0))
    if (isAsked) latest.set(principal.id, { token, resource, key, at: clock.monotonic() })
    return principal
  }

  const lapse = (principalId: string) => {
    ends.delete(principalId)
    latest.delete(principalId)
    for (const listener of listeners) listener(principalId)
  }

  const recheck = async (principalId: string, { token, resource, key }: Latest) => {
    cached.delete(key)
    const found = await verify(token, resource, key)
    // Somebody who came with another token meanwhile is still here.
    if (found === null && latest.get(principalId)?.key === key) lapse(principalId)
  }

  let toldAt = -Infinity
  /** Not for each request: an issuer that is down would fill the log. */
  const tell = (err: unknown) => {
    if (clock.monotonic() - toldAt < TELL_MS) return
    toldAt = clock.monotonic()
    logger.error('a token of the issuer could not be judged', { err })
  }

  const stopSweeping = startRepeating(clock, SWEEP_MS, () => {
    const now = clock.now()
    for (const [key, { until }] of cached) if (until <= now) cached.delete(key)
    for (const [principalId, end] of ends) if (end <= now) lapse(principalId)
    const due = [...latest].filter(([, { at }]) => at + RECHECK_MS <= clock.monotonic())
    for (const [principalId, one] of due.slice(0, MAX_RECHECKS)) {
      latest.set(principalId, { ...one, at: clock.monotonic() })
      recheck(principalId, one).catch(tell)
    }
  })

  return {
    login: createOidcLogin({ settings, issuer, clock, logger }),
    authenticate(authorization, at) {
      const token = BEARER.exec(authorization ?? '')?.[1]
      // One of our own that did not count a moment ago is nobody else's business.
      if (token === undefined || token.startsWith('hvm_')) return null
      const resource = `${baseOf(at.host)}${at.path}`
      const key = createHash('sha256').update(`${resource}\n${token}`).digest('base64')
      const hit = cached.get(key)
      if (hit !== undefined && hit.until > clock.now()) return hit.principal
      const going = pending.get(key)
      if (going !== undefined) return going
      const from = addressKey(at.readIp?.() ?? null)
      const wait = guesses.waitSeconds(from)
      if (wait > 0) return Promise.reject(buildTooMany(wait))
      const work = verify(token, resource, key)
        .then((found) => {
          if (found === null) guesses.take(from)
          return found
        })
        .finally(() => pending.delete(key))
      pending.set(key, work)
      work.catch(tell)
      return work
    },
    isLive: (principalId) => (ends.get(principalId) ?? 0) > clock.now(),
    onLapsed(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    metadataUrl: ({ host, path }) => `${baseOf(host)}/.well-known/oauth-protected-resource${path}`,
    describe: ({ host, path }, grants) => ({
      resource: `${baseOf(host)}${path}`,
      authorization_servers: [settings.issuer],
      scopes_supported: [...new Set(grants.map((grant) => findScopeFor(grant, settings.mapping)))],
      bearer_methods_supported: ['header'],
      resource_name: path === '/mcp' ? 'hAIveMind Hosting' : `hAIveMind Hosting: ${path}`,
    }),
    findScope: (grant) => findScopeFor(grant, settings.mapping),
    close: stopSweeping,
  }
}

function buildTooMany(seconds: number): AppError {
  return new AppError('rate_limited', `More than ${MAX_GUESSES} tokens a minute that count for nothing.`, {
    details: { policy: 'guesses', retry_after_seconds: seconds },
  })
}

/** Stands in events, sessions and the audit log: one word, whatever the issuer allows in it. */
function renderSubject(subject: string): string {
  const hash = () => createHash('sha256').update(subject).digest('hex')
  return /^[\x21-\x7e]{1,255}$/.test(subject) ? subject : `sha256:${hash()}`
}

function renderName(claims: Claims): string {
  const found = [claims['preferred_username'], claims['username'], claims['client_id'], claims['sub']].find(
    (value) => typeof value === 'string' && value !== '',
  )
  return String(found)
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, 100)
}
