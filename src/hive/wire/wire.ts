/** A connection that carries JSON-RPC messages, whichever the transport. */
import type { JsonObject } from '../../domain/json.ts'

export type WireHandlers = {
  readonly onMessage: (message: JsonObject) => void
  /** Called once, with a sentence's end: nothing comes any more. */
  readonly onEnd: (why: string) => void
}

export interface Wire {
  /** Rejects when it surely did not arrive, or when that is not known. */
  send(message: JsonObject): Promise<void>
  close(): void
}

/** Resolves when it is open. Rejects with a sentence's end. */
export type OpenWire = (handlers: WireHandlers, signal: AbortSignal) => Promise<Wire>

/** Of one message. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024
export const MAX_MESSAGE_DEPTH = 200

/** Rejects with `NOT_THERE` where the other side does not speak this transport. */
export const NOT_THERE = 'does not speak this transport'
