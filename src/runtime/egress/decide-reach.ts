/** What a proxy's client asks for, as a host and a port; everything odd is nothing. Pure. */
import { isHostName, normalizeHost, type Place } from '../../domain/egress-rule.ts'

/** Letters, digits, '.', '-' and '_' only: no userinfo, no escapes, no control characters, no IPv6 brackets. */
const AUTHORITY = /^([A-Za-z0-9._-]{1,254}):([0-9]{1,5})$/

/** `host:port` of a CONNECT; null when it is anything else. Lower case, one trailing dot dropped. */
export function parseAuthority(text: string): Place | null {
  const match = AUTHORITY.exec(text)
  if (match === null) return null
  const host = normalizeHost(match[1] ?? '')
  const port = Number(match[2])
  return isHostName(host) && port >= 1 && port <= 65_535 ? { host, port } : null
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
