/** Sign-ins on their way: begun in one browser, good for one answer, in that browser, within ten minutes. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../domain/clock.ts'

export type PendingLogin = {
  readonly nonce: string
  /** PKCE's code verifier (RFC 7636). */
  readonly verifier: string
  readonly returnTo: string
}

export interface PendingLogins {
  /** `cookie` is the Set-Cookie header that binds the browser. */
  begin(
    login: PendingLogin,
    cookieHeader: string | undefined,
  ): { readonly state: string; readonly cookie: string }
  /** Null for a state that is unknown, used, too old, or another browser's; whatever it is, it is used now. */
  take(state: string, cookieHeader: string | undefined): PendingLogin | null
}

const NAME = '__Host-haivemind-login'
const VALUE = /^[\w-]{43}$/
const LIFE_MS = 600_000
/** Anybody can begin one; beyond these the oldest ends. */
const MAX_PENDING = 10_000

export function createPendingLogins(clock: Clock): PendingLogins {
  const pending = new Map<
    string,
    { readonly login: PendingLogin; readonly browser: string; readonly until: number }
  >()
  return {
    begin(login, cookieHeader) {
      const now = clock.monotonic()
      for (const [key, { until }] of pending) {
        if (until > now && pending.size < MAX_PENDING) break
        pending.delete(key)
      }
      const state = createValue()
      // A browser that signs in twice at once, in two windows, stays one browser.
      const browser = readCookie(cookieHeader) ?? createValue()
      pending.set(hash(state), { login, browser: hash(browser), until: now + LIFE_MS })
      return { state, cookie: `${NAME}=${browser}; ${attributes(LIFE_MS / 1000)}` }
    },
    take(state, cookieHeader) {
      const key = hash(state)
      const found = pending.get(key)
      pending.delete(key)
      const browser = readCookie(cookieHeader)
      if (found === undefined || found.until <= clock.monotonic() || browser === null) return null
      return isSame(found.browser, hash(browser)) ? found.login : null
    },
  }
}

/** Lax, since the issuer's page leads back here. */
function attributes(maxAgeSeconds: number): string {
  return `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; Secure; SameSite=Lax`
}

function readCookie(header: string | undefined): string | null {
  const found = (header ?? '').split(';').flatMap((pair) => {
    const [name, value = ''] = pair.trim().split('=', 2)
    return name === NAME ? [value] : []
  })
  const [value] = found
  return found.length === 1 && value !== undefined && VALUE.test(value) ? value : null
}

function createValue(): string {
  return randomBytes(32).toString('base64url')
}

function hash(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

function isSame(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(left), Buffer.from(right))
}
