/** A JWT as access token (RFC 9068): whose signature, for whom, until when. */
import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/error.ts'
import { unavailable, type Issuer } from './issuer.ts'
import type { Claims } from './map-claims.ts'
import type { OAuthSettings } from './settings.ts'

/** Null when the token is refused. Throws AppError `issuer_unavailable` when the keys cannot be had. */
export type VerifyJwt = (token: string, audiences: readonly string[]) => Promise<Claims | null>

const RETRY_MS = 5000
const TYPES: readonly unknown[] = [undefined, 'at+jwt', 'application/at+jwt', 'jwt']

export function createJwtVerifier(
  settings: Pick<OAuthSettings, 'issuer' | 'algorithms' | 'clockToleranceSeconds' | 'keysCooldownSeconds'>,
  issuer: Issuer,
  clock: Clock,
): VerifyJwt {
  const { algorithms, clockToleranceSeconds, keysCooldownSeconds } = settings
  let keys: { readonly uri: string; readonly get: JWTVerifyGetKey } | null = null
  let failedUntil = -Infinity

  /** Whoever sends tokens with invented key ids must not make us knock at the issuer for each. */
  const fetchKeys = async (url: string, init: { readonly headers: Headers }) => {
    if (clock.monotonic() < failedUntil) throw unavailable('did not give its keys just now')
    try {
      const response = await issuer.fetch(url, init)
      if (response.status !== 200) throw unavailable(`gives its keys with status ${response.status}`)
      return response
    } catch (error) {
      failedUntil = clock.monotonic() + RETRY_MS
      throw error
    }
  }
  const readKeys = async () => {
    const { jwks_uri: uri } = await issuer.read()
    if (uri === undefined) throw unavailable('names no keys')
    if (keys?.uri !== uri) {
      const options = { cooldownDuration: keysCooldownSeconds * 1000, [customFetch]: fetchKeys }
      keys = { uri, get: createRemoteJWKSet(new URL(uri), options) }
    }
    return keys.get
  }

  return async (token, audiences) => {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, await readKeys(), {
        issuer: settings.issuer,
        audience: [...audiences],
        algorithms: [...algorithms],
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(clock.now()),
      })
      return TYPES.includes(protectedHeader.typ?.toLowerCase()) && isAccessToken(payload) ? payload : null
    } catch (error) {
      if (error instanceof AppError) throw unavailable('cannot be asked for its keys', error)
      if (isUnusableKeySet(error)) throw unavailable('gives keys that are none', error)
      if (error instanceof errors.JOSEError) return null
      throw error
    }
  }
}

/**
 * Not an ID token, which some issuers make for the same audience; nor a logout token; nor one that is bound to a key
 * of the client (RFC 7800), which a bearer cannot prove to hold.
 */
function isAccessToken(payload: Claims): boolean {
  const isOther = ['nonce', 'at_hash', 'c_hash', 'events', 'cnf'].some((claim) =>
    Object.hasOwn(payload, claim),
  )
  return !isOther && payload['typ'] !== 'ID' && payload['typ'] !== 'Refresh'
}

function isUnusableKeySet(error: unknown): boolean {
  return (
    error instanceof errors.JWKSInvalid ||
    error instanceof errors.JWKSTimeout ||
    (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC')
  )
}
