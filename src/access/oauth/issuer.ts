/** What the issuer says of itself, fetched when it is first needed: the platform starts whether or not it answers. */
import { z } from 'zod'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/error.ts'
import { decodeJson, isNestedBeyond } from '../../domain/json.ts'
import { createSafeFetch, renderPlace } from '../../system/safe-fetch.ts'

const endpoint = z.string().max(2048).optional()
const metadataSchema = z.looseObject({
  issuer: z.string(),
  jwks_uri: endpoint,
  authorization_endpoint: endpoint,
  token_endpoint: endpoint,
  introspection_endpoint: endpoint,
  userinfo_endpoint: endpoint,
  end_session_endpoint: endpoint,
})
export type IssuerMetadata = z.output<typeof metadataSchema>

export type IssuerFetch = ReturnType<typeof createSafeFetch>

export interface Issuer {
  /** Throws AppError `issuer_unavailable`. */
  read(): Promise<IssuerMetadata>
  /** Goes to public places and to the issuer's own only. */
  readonly fetch: IssuerFetch
}

const MAX_BYTES = 1024 * 1024
const TIMEOUT_MS = 10_000
const FRESH_MS = 3_600_000
/** An issuer that fails is not asked again by every request. */
const RETRY_MS = 5000
const MAX_DEPTH = 16

export function createIssuer(
  settings: { readonly issuer: string; readonly places: readonly string[] },
  clock: Clock,
): Issuer {
  const own = renderPlace(new URL(settings.issuer))
  const named = new Set([own, ...settings.places])
  const fetch = createSafeFetch({ named, maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS })
  const discover = async () => {
    const metadata = await fetchMetadata(settings.issuer, fetch)
    assertMetadata(metadata, settings.issuer, named)
    return metadata
  }
  return { read: rememberFor(FRESH_MS, RETRY_MS, clock, discover), fetch }
}

/** One attempt at a time; its answer is kept for `freshMs`, its failure for `retryMs`. */
function rememberFor<T>(
  freshMs: number,
  retryMs: number,
  clock: Clock,
  load: () => Promise<T>,
): () => Promise<T> {
  let last: Promise<T> | null = null
  let until = 0
  return () => {
    if (last !== null && clock.monotonic() < until) return last
    const attempt = load()
    last = attempt
    until = Infinity
    attempt.then(
      () => (until = clock.monotonic() + freshMs),
      () => (until = clock.monotonic() + retryMs),
    )
    return attempt
  }
}

async function fetchMetadata(issuer: string, fetch: IssuerFetch): Promise<IssuerMetadata> {
  let last: unknown
  for (const url of listMetadataUrls(issuer)) {
    try {
      const response = await fetch(url, { headers: { accept: 'application/json' } })
      const text = await response.text()
      if (response.status === 200 && !isNestedBeyond(text, MAX_DEPTH)) {
        return metadataSchema.parse(decodeJson(text))
      }
      last = new Error(`status ${response.status}`)
    } catch (error) {
      last = error
    }
  }
  throw unavailable('does not give its metadata', last)
}

/** OpenID Connect Discovery §4 (appended) and RFC 8414 §3 (inserted). */
function listMetadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ]
}

/**
 * Somebody else's document decides where browsers and the client's secret are sent: https, or plain http at a place
 * that the operator named. A `javascript:` or `file:` URL among the endpoints makes all of it worthless.
 */
function assertMetadata(metadata: IssuerMetadata, issuer: string, named: ReadonlySet<string>): void {
  if (metadata.issuer !== issuer) throw unavailable('calls itself by another name in its metadata')
  for (const [key, value] of Object.entries(metadata)) {
    if (!key.endsWith('_endpoint') && !key.endsWith('_uri')) continue
    const url = typeof value === 'string' ? URL.parse(value) : null
    const isFine =
      url !== null &&
      (url.protocol === 'https:' || (url.protocol === 'http:' && named.has(renderPlace(url)))) &&
      url.username === '' &&
      url.password === ''
    if (!isFine) throw unavailable(`names a ${key} that is not an https URL`)
  }
}

export function unavailable(why: string, cause?: unknown): AppError {
  return new AppError('issuer_unavailable', `The issuer of identities ${why}.`, { cause })
}
