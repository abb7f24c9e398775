/** When an MCP client that introduces itself is news: told once when one begins, whatever revision it speaks. */
import { CONNECT_TEST_NAME } from './clients/connect-test.ts'
import type { Clock } from './clock.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'

/** In the client's own words. */
export type Introduction = {
  readonly client: string
  readonly version: string
  readonly protocolVersion: string
  /** The request opens a session or asks what there is, rather than being one of many. */
  readonly begins: boolean
}

/** Times are monotonic milliseconds. */
type Seen = {
  readonly at: string
  readonly client: string
  readonly version: string
  seenAt: number
  /** When it went to the end of the table. */
  readonly movedAt: number
}

export interface ClientNews {
  /** @param at which endpoint, and who */
  isNews(at: string, introduction: Introduction): boolean
}

/** A client of 2026-07-28 introduces itself with every request: it is told again after so long without one. */
const QUIET_MS = 10 * 60_000
/** Whoever begins again and again is told once in so long. */
const AGAIN_MS = 2_000
const MAX_KNOWN = 2_000
/** Who sends one request after the other goes to the end of the table this often; less than the two above. */
const MOVE_MS = 1_000
const MAX_TEXT = 100
const CLIENT_INFO = 'io.modelcontextprotocol/clientInfo'
const PROTOCOL_VERSION = 'io.modelcontextprotocol/protocolVersion'

export function createClientNews(clock: Pick<Clock, 'monotonic'>): ClientNews {
  /** The longest unseen first, but for those that are seen all the time. */
  const seen = new Map<string, Seen>()
  /** Requests come in rows of one client. */
  let recent: Seen | null = null
  return {
    isNews(at, { client, version, begins }) {
      const now = clock.monotonic()
      const before = recent
      if (
        before !== null &&
        now - before.movedAt < MOVE_MS &&
        before.at === at &&
        before.client === client &&
        before.version === version
      ) {
        before.seenAt = now
        return false
      }
      const key = JSON.stringify([at, client, version])
      const last = seen.get(key)?.seenAt
      recent = { at, client, version, seenAt: now, movedAt: now }
      seen.delete(key)
      seen.set(key, recent)
      const [oldest] = seen.keys()
      if (seen.size > MAX_KNOWN && oldest !== undefined) seen.delete(oldest)
      return last === undefined || now - last > (begins ? AGAIN_MS : QUIET_MS)
    },
  }
}

/** Null: it says nothing of itself, or it is the platform that tries its own endpoint. Pure. */
export function readIntroduction(method: string, params: JsonObject | undefined): Introduction | null {
  const opens = method === 'initialize'
  const meta = params?.['_meta']
  const envelope = isJsonObject(meta) ? meta : undefined
  const info = opens ? params?.['clientInfo'] : envelope?.[CLIENT_INFO]
  if (!isJsonObject(info) || info['name'] === CONNECT_TEST_NAME) return null
  const client = readText(info['name'])
  if (client === '') return null
  return {
    client,
    version: readText(info['version']),
    protocolVersion: readText(opens ? params?.['protocolVersion'] : envelope?.[PROTOCOL_VERSION]),
    begins: opens || method === 'server/discover',
  }
}

function readText(value: Json | undefined): string {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : ''
}
