/**
 * The cookie of a signed-in browser. The prefix makes browsers refuse it from a sub-domain, for a path or without
 * Secure (RFC 6265bis §4.1.3.2); over plain http they keep it on loopback only.
 */
const NAME = '__Host-haivemind'
/** 256 bits, base64url. */
const VALUE = /^[\w-]{43}$/

export function buildSessionCookie(value: string, maxAgeSeconds: number): string {
  return `${NAME}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; Secure; SameSite=Lax`
}

export function buildClearedCookie(): string {
  return buildSessionCookie('', 0)
}

/** The value in a Cookie header; null when there is none, or more than one: then it is not clear who asks. */
export function parseSessionCookie(header: string | undefined): string | null {
  const found = (header ?? '').split(';').flatMap((pair) => {
    const [name, value = ''] = pair.trim().split('=', 2)
    return name === NAME ? [value] : []
  })
  const [value] = found
  return found.length === 1 && value !== undefined && VALUE.test(value) ? value : null
}
