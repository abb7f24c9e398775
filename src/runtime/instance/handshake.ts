/** Readiness: MCP `initialize` answered. The race against death and deadline is the supervisor's. */
import { z } from 'zod'
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import { renderCapabilities, type CapabilityClass, type Era } from '../../domain/process-key.ts'
import type { Connection } from './connection.ts'
import { MODERN_VERSION } from './modern/words.ts'

/** Asked for; the server may answer with any revision of `initialize`'s era. */
const ASKED = '2025-11-25'
const SPOKEN = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'] as const

export type Initialized = {
  readonly era: Era
  /** As the server answered, unknown members included. */
  readonly result: JsonObject
  readonly protocolVersion: string
  readonly serverInfo: { readonly name: string; readonly version: string } | null
}

/** What a server's answer to `initialize` has to hold. Loose: later revisions add members. */
const answerSchema = z.looseObject({
  protocolVersion: z.string().max(64),
  capabilities: z.looseObject({}),
  serverInfo: z.looseObject({ name: z.string().max(1024), version: z.string().max(1024) }),
})

export type HandshakeHandlers = {
  readonly onReady: (initialized: Initialized) => void
  /**
   * A sentence; the instance has to be ended with cause `init_failed`. `isNewer`: it refused as a server does that
   * speaks only 2026-07-28.
   */
  readonly onRefused: (detail: string, isNewer: boolean) => void
}

/** @param capabilities of the clients that this process is for: it degrades gracefully for what they cannot do. */
export function buildInitializeParams(platformVersion: string, capabilities: CapabilityClass): JsonObject {
  return {
    protocolVersion: ASKED,
    capabilities: renderCapabilities(capabilities),
    clientInfo: { name: 'haivemind', version: platformVersion },
  }
}

/** Sends `initialize`; on a usable answer `notifications/initialized` goes out before `onReady`. */
export function startHandshake(
  connection: Connection,
  about: { readonly platformVersion: string; readonly capabilities: CapabilityClass },
  handlers: HandshakeHandlers,
): void {
  connection.request('initialize', buildInitializeParams(about.platformVersion, about.capabilities), {
    onResponse(message) {
      const { error, result } = message
      if (isJsonObject(error)) return handlers.onRefused(renderRefusal(error), looksNewer(error))
      const initialized = parseInitializeResult(result)
      if (typeof initialized === 'string') return handlers.onRefused(initialized, false)
      connection.notify('notifications/initialized', undefined)
      handlers.onReady(initialized)
    },
    // The instance ended: its own cause says more.
    onLost: () => {},
  })
}

/** The answer as far as the platform reads it, or a sentence that says what is wrong with it. */
export function parseInitializeResult(result: unknown): Initialized | string {
  const parsed = answerSchema.safeParse(result)
  if (!parsed.success || !isJsonObject(result)) {
    const issue = parsed.error?.issues[0]
    const where = issue === undefined || issue.path.length === 0 ? 'result' : issue.path.join('.')
    return `Its answer to initialize is malformed: ${where}: ${issue?.message ?? 'not an object'}.`
  }
  const { protocolVersion, serverInfo } = parsed.data
  if (!SPOKEN.some((version) => version === protocolVersion)) {
    return `It speaks MCP ${JSON.stringify(protocolVersion)}; this platform speaks ${SPOKEN.join(', ')} to hosted servers.`
  }
  return {
    era: 'legacy',
    result,
    protocolVersion,
    serverInfo: { name: serverInfo.name, version: serverInfo.version },
  }
}

/** No such method, a missing envelope or header, or the revision: a server that has no initialize says one of these. */
const NEWER: ReadonlySet<unknown> = new Set([-32601, -32602, -32020, -32022])

function looksNewer({ code, data }: JsonObject): boolean {
  return NEWER.has(code) || (isJsonObject(data) && Array.isArray(data['supported']))
}

function renderRefusal({ code, message, data }: JsonObject): string {
  const supported = isJsonObject(data) && Array.isArray(data['supported']) ? data['supported'] : []
  const versions = supported.filter((version) => typeof version === 'string').slice(0, 8)
  const spoken = `this platform speaks ${SPOKEN.join(', ')} and ${MODERN_VERSION}`
  if (versions.length > 0) return `It speaks only MCP ${versions.join(', ')}, without initialize; ${spoken}.`
  if (code === -32601) return `It knows no initialize (error -32601); ${spoken}.`
  const said = typeof message === 'string' ? message.slice(0, 500).replace(/\.$/, '') : 'no message'
  return `It refused initialize with error ${typeof code === 'number' ? code : 'without a code'}: ${said}.`
}
