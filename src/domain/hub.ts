/** `/hub/mcp`: the servers that a caller may use, behind one endpoint. */
import { SERVER_NAME, type ServerId } from './id.ts'

/** Whose sessions the hub's are: no server has it, since an id of a server begins with the time of its making. */
export const HUB_ID = `srv_${'0'.repeat(26)}` as ServerId
export const HUB_PATH = '/hub/mcp'

/** What `?servers=` may name. */
const MAX_CHOSEN = 64

/** The servers that `/hub/mcp?servers=a,b` is about; null: all that the caller may use. A text says what is wrong. */
export function parseChosen(url: string): ReadonlySet<string> | null | string {
  const query = url.indexOf('?')
  const text = query < 0 ? null : new URLSearchParams(url.slice(query)).get('servers')
  if (text === null) return null
  const names = text.split(',')
  if (names.length > MAX_CHOSEN) return `servers may name ${MAX_CHOSEN} servers.`
  if (!names.every((name) => SERVER_NAME.test(name)))
    return 'servers must be names of servers with commas between them.'
  return new Set(names)
}
