/** What a server that speaks HTTP itself says of its port. Pure. */
import { AppError } from './error.ts'
import type { ServerConfig } from './server.ts'

/** Taken by the egress proxy in every sandbox. */
const TAKEN_PORT = 3128

/** A sentence's end, or null. Below 1024 a program without capabilities cannot listen. */
export function describeRefusedPort(port: number): string | null {
  if (port < 1024 || port > 65_535) return 'must be a port from 1024 to 65535'
  return port === TAKEN_PORT ? `must not be ${TAKEN_PORT}, where the egress proxy listens` : null
}

/**
 * As written, not as a URL parser would understand it: `http://0x7f.1/`, `http://2130706433/` and a name for 127.0.0.1
 * are refused, and so is everything that is not the server itself.
 */
const HEALTH_URL = /^http:\/\/(?:127\.0\.0\.1|localhost):([1-9][0-9]{0,4})(\/[\x21-\x22\x24-\x7e]*)?$/

/** Null unless the URL is of the server's own port. */
export function parseHealthUrl(text: string): { readonly port: number; readonly path: string } | null {
  const match = HEALTH_URL.exec(text)
  return match === null ? null : { port: Number(match[1]), path: match[2] ?? '/' }
}

/** Throws AppError `invalid_config` where settings of several sources do not go together. */
export function assertHttpSettings({ transport, port, healthCheckUrl }: ServerConfig): void {
  if (transport === 'stdio') {
    if (port !== null) refuse('port', 'has a meaning only with "transport": "http"')
    if (healthCheckUrl !== null) refuse('health_check_url', 'has a meaning only with "transport": "http"')
    return
  }
  if (port === null) return refuse('port', 'is needed with "transport": "http"')
  if (healthCheckUrl !== null && parseHealthUrl(healthCheckUrl)?.port !== port) {
    refuse('health_check_url', `must be of the server itself: http://127.0.0.1:${port}/…`)
  }
}

function refuse(path: string, why: string): never {
  throw new AppError('invalid_config', `The settings do not go together: "${path}" ${why}.`, {
    details: { path },
  })
}
