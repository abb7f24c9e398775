/** May a sandbox reach this place? Exact host and port, nothing else. Pure. */

export type Place = { readonly host: string; readonly port: number }

/** Letters, digits, '.', '-' and '_' only: no userinfo, no escapes, no control characters, no IPv6 brackets. */
const AUTHORITY = /^([A-Za-z0-9._-]{1,253}):([0-9]{1,5})$/

/** `host:port` of a CONNECT; null when it is anything else. Lower case, one trailing dot dropped. */
export function parseAuthority(text: string): Place | null {
  const match = AUTHORITY.exec(text)
  if (match === null) return null
  const port = Number(match[2])
  if (port < 1 || port > 65_535) return null
  return { host: normalizeHost(match[1] ?? ''), port }
}

/** The place of an absolute-form request target; null unless it is plain http with nothing odd in its authority. */
export function parseTarget(text: string): (Place & { readonly path: string }) | null {
  const match = /^http:\/\/([^/?#]*)([/?][\x21-\x7e]*)?$/i.exec(text)
  if (match === null) return null
  const authority = match[1] ?? ''
  const place = parseAuthority(authority.includes(':') ? authority : `${authority}:80`)
  if (place === null) return null
  const path = match[2] ?? '/'
  return { ...place, path: path.startsWith('/') ? path : `/${path}` }
}

function normalizeHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '')
}

export function isReachable(place: Place, allowed: readonly Place[]): boolean {
  return allowed.some((rule) => normalizeHost(rule.host) === place.host && rule.port === place.port)
}
