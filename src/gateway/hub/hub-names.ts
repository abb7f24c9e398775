/**
 * Names at the hub: `{server}__{name}`. No server's name holds an underscore, so two servers never meet in one name.
 * What clients cannot take as it is (R155: 128 characters of `[A-Za-z0-9_.-]`) ends with a digest of the whole name.
 */
import { createHash } from 'node:crypto'
import { SERVER_NAME } from '../../domain/id.ts'

const SEPARATOR = '__'
const MAX_NAME = 128
const PLAIN = /^[A-Za-z0-9_.-]+$/
const DIGESTED = /_[0-9a-f]{12}$/

export function renderHubName(server: string, name: string): string {
  const whole = `${server}${SEPARATOR}${name}`
  if (whole.length <= MAX_NAME && PLAIN.test(whole)) return whole
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12)
  const readable = name.replaceAll(/[^A-Za-z0-9_.-]/g, '_')
  return `${`${server}${SEPARATOR}${readable}`.slice(0, MAX_NAME - digest.length - 1)}_${digest}`
}

export type HubName = {
  readonly server: string
  /** The server's own name for it, unless `isDigested` and its list says otherwise. */
  readonly name: string
  /** It may stand for a name that only the server's list can tell. */
  readonly isDigested: boolean
}

/** Null for what no server's can be. */
export function parseHubName(text: string): HubName | null {
  const at = text.indexOf(SEPARATOR)
  if (at < 0) return null
  const server = text.slice(0, at)
  const name = text.slice(at + SEPARATOR.length)
  if (!SERVER_NAME.test(server) || name === '') return null
  return { server, name, isDigested: DIGESTED.test(name) }
}
