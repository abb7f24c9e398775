/** Readiness of a server of 2026-07-28: `server/discover` answered. Nothing is agreed on; each request stands alone. */
import { z } from 'zod'
import { isJsonObject, type JsonObject } from '../../../domain/json.ts'
import type { Connection } from '../connection.ts'
import type { HandshakeHandlers, Initialized } from '../handshake.ts'
import { MODERN_VERSION, SERVER_INFO, withEnvelope } from './words.ts'

const UNSUPPORTED_VERSION = -32022

/** Loose: later revisions add members. */
const answerSchema = z.looseObject({
  supportedVersions: z.array(z.string().max(64)).max(100),
  capabilities: z.looseObject({}),
  instructions: z.string().optional(),
})
const serverInfoSchema = z.looseObject({ name: z.string().max(1024), version: z.string().max(1024) })

/** Turns the connection to 2026-07-28 and asks what the server offers. */
export function startDiscovery(
  connection: Connection,
  platformVersion: string,
  handlers: HandshakeHandlers,
): void {
  connection.turnModern()
  connection.request('server/discover', withEnvelope(undefined, platformVersion), {
    onResponse({ error, result }) {
      if (isJsonObject(error)) return handlers.onRefused(renderRefusal(error), false)
      const discovered = parseDiscoverResult(result)
      if (typeof discovered === 'string') handlers.onRefused(discovered, false)
      else handlers.onReady(discovered)
    },
    // The instance ended: its own cause says more.
    onLost: () => {},
  })
}

/** In the shape of an InitializeResult, which everything else reads; or a sentence that says what is wrong. */
export function parseDiscoverResult(result: unknown): Initialized | string {
  const parsed = answerSchema.safeParse(result)
  if (!parsed.success || !isJsonObject(result)) {
    const issue = parsed.error?.issues[0]
    const where = issue === undefined || issue.path.length === 0 ? 'result' : issue.path.join('.')
    return `Its answer to server/discover is malformed: ${where}: ${issue?.message ?? 'not an object'}.`
  }
  const { supportedVersions: versions, instructions } = parsed.data
  if (!versions.includes(MODERN_VERSION)) {
    return `It speaks MCP ${versions.slice(0, 8).join(', ')}; this platform speaks ${MODERN_VERSION} to servers without initialize.`
  }
  const meta = result['_meta']
  const info = isJsonObject(meta) ? meta[SERVER_INFO] : undefined
  return buildModernInitialized({
    protocolVersion: MODERN_VERSION,
    capabilities: result['capabilities'] as JsonObject,
    ...(serverInfoSchema.safeParse(info).success ? { serverInfo: info as JsonObject } : {}),
    ...(instructions === undefined ? {} : { instructions }),
  })
}

/** @param result in the shape of an InitializeResult, as it is kept for later daemons. */
export function buildModernInitialized(result: JsonObject): Initialized {
  const named = serverInfoSchema.safeParse(result['serverInfo'])
  return {
    era: 'modern',
    result,
    protocolVersion: MODERN_VERSION,
    serverInfo: named.success ? { name: named.data.name, version: named.data.version } : null,
  }
}

/** What a server said to a `server/discover` of 2026-07-28 proves that it speaks that revision, or that it does not. */
export function decideModern(message: JsonObject): boolean {
  const { error, result } = message
  if (!isJsonObject(error)) return typeof parseDiscoverResult(result) !== 'string'
  const { code, data } = error
  // It knows the revision's own word for "not that one": whatever it names instead is what it speaks.
  const supported = isJsonObject(data) ? data['supported'] : undefined
  return code === UNSUPPORTED_VERSION && Array.isArray(supported) && supported.includes(MODERN_VERSION)
}

function renderRefusal({ code, message }: JsonObject): string {
  const said = typeof message === 'string' ? message.slice(0, 500).replace(/\.$/, '') : 'no message'
  return `It refused server/discover with error ${typeof code === 'number' ? code : 'without a code'}: ${said}.`
}
