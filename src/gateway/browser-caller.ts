/**
 * The platform's own page may speak MCP to a hosted server with the cookie of its session, as it may change things by
 * the API: only a script of this origin can. A form or a link cannot set the header, and a script of another origin is
 * never permitted to (no preflight of ours allows it, and no answer allows credentials).
 */
import type { IncomingMessage } from 'node:http'
import type { Principal } from '../domain/principal.ts'

export interface Browsers {
  /** By a Cookie header. Its id is of this one session, so that what it opened ends with it. */
  identify(cookie: string | undefined): Principal | null
  /** Fires with that id. */
  onEnded(listener: (principalId: string) => void): () => void
}

/** Null for everybody else; with a bearer token the cookie counts for nothing. */
export function findBrowser({ headers }: IncomingMessage, browsers: Browsers | undefined): Principal | null {
  if (browsers === undefined || headers.authorization !== undefined || headers.cookie === undefined)
    return null
  if (headers['x-haivemind-csrf'] !== '1') return null
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return null
  const { origin, host } = headers
  if (origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host)) return null
  return browsers.identify(headers.cookie)
}
