/** Readiness: MCP `initialize` answered. The race against death and deadline is the supervisor's. */
import { z } from 'zod'
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import { renderCapabilities, type CapabilityClass } from '../../domain/process-key.ts'
import type { Connection } from './connection.ts'

/** Asked for; the server may answer with any revision of `initialize`'s era. */
const ASKED = '2025-11-25'
const SPOKEN = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'] as const

export type Initialized = {
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
  /** A sentence; the instance has to be ended with cause `init_failed`. */
  readonly onRefused: (detail: string) => void
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
      if (isJsonObject(error)) return handlers.onRefused(renderRefusal(error))
      const initialized = parseInitializeResult(result)
      if (typeof initialized === 'string') return handlers.onRefused(initialized)
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
  return { result, protocolVersion, serverInfo: { name: serverInfo.name, version: serverInfo.version } }
}

/** -32022, or no such method, is how a server of 2026-07-28 alone answers: that revision has no initialize. */
function renderRefusal(error: JsonObject): string {
  const { code, message, data } = error
  const supported = isJsonObject(data) && Array.isArray(data['supported']) ? data['supported'] : []
  const versions = supported.filter((version) => typeof version === 'string').slice(0, 8)
  if (code === -32022 || versions.length > 0) {
    const named = versions.length > 0 ? versions.join(', ') : '2026-07-28'
    return `It speaks only MCP ${named}, without initialize; this platform speaks ${SPOKEN.join(', ')} to hosted servers.`
  }
  if (code === -32601) {
    return `It knows no initialize (error -32601), like a server that speaks only MCP 2026-07-28; this platform speaks ${SPOKEN.join(', ')} to hosted servers.`
  }
  const said = typeof message === 'string' ? message.slice(0, 500).replace(/\.$/, '') : 'no message'
  return `It refused initialize with error ${typeof code === 'number' ? code : 'without a code'}: ${said}.`
}
