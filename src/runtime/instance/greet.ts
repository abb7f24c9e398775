/** The first words to a server, in the era that it is known to speak, or in the one that it turns out to speak. */
import type { CapabilityClass, Era } from '../../domain/process-key.ts'
import {
  parseInitializeResult,
  startHandshake,
  type HandshakeHandlers,
  type Initialized,
} from './handshake.ts'
import { buildModernInitialized, startDiscovery } from './modern/discover.ts'
import { MODERN_VERSION } from './modern/words.ts'
import { isJsonObject } from '../../domain/json.ts'
import type { Connection } from './connection.ts'

export type Greeting = {
  readonly platformVersion: string
  readonly era: Era
  /** Of the clients that a process of the earlier era is for. */
  readonly capabilities: CapabilityClass
  /** What the server speaks is not known: one that refuses `initialize` as newer servers do is asked in their way. */
  readonly isTrial: boolean
}

export function startGreeting(connection: Connection, greeting: Greeting, handlers: HandshakeHandlers): void {
  const { platformVersion, era, isTrial } = greeting
  if (era === 'modern') return startDiscovery(connection, platformVersion, handlers)
  startHandshake(connection, greeting, {
    onReady: handlers.onReady,
    onRefused(detail, isNewer) {
      if (!isNewer || !isTrial) return handlers.onRefused(detail, isNewer)
      startDiscovery(connection, platformVersion, {
        onReady: handlers.onReady,
        onRefused: (why) => handlers.onRefused(`${detail} ${why}`, false),
      })
    },
  })
}

/** What a server answered to an earlier daemon, as the ledger kept it; or a sentence that says what is wrong with it. */
export function parseAdopted(kept: unknown): Initialized | string {
  const isModern = isJsonObject(kept) && kept['protocolVersion'] === MODERN_VERSION
  return isModern ? buildModernInitialized(kept) : parseInitializeResult(kept)
}
