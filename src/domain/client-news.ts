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

export interface ClientNews {
  /** @param at which endpoint, and who */
  isNews(at: string, introduction: Introduction): boolean
}

/** A client of 2026-07-28 introduces itself with every request: it is told again after so long without one. */
const QUIET_MS = 10 * 60_000
/** Whoever begins again and again is told once in so long. */
const AGAIN_MS = 2_000
const MAX_KNOWN = 2_000
const MAX_TEXT = 100
const CLIENT_INFO = 'io.modelcontextprotocol/clientInfo'
const PROTOCOL_VERSION = 'io.modelcontextprotocol/protocolVersion'

export function createClientNews(clock: Pick<Clock, 'monotonic'>): ClientNews {
  /** When each was last seen, the longest unseen first. */
  const seen = new Map<string, number>()
  return {
    isNews(at, { client, version, begins }) {
      const key = JSON.stringify([at, client, version])
      const now = clock.monotonic()
      const last = seen.get(key)
      seen.delete(key)
      seen.set(key, now)
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
