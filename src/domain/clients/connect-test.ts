/** The platform tries an endpoint as a client would, and says what it saw. */
import type { Era } from '../process-key.ts'

/** What the platform calls itself then: it is no client of anybody’s. */
export const CONNECT_TEST_NAME = 'haivemind-connect-test'

/** One handshake with a list of tools behind it. */
export type EraTrial = {
  readonly era: Era
  /** Null until the endpoint answered the handshake. */
  readonly protocolVersion: string | null
  /** Null until it listed them. */
  readonly tools: number | null
  /** What went wrong, in one sentence; null: a client of this generation can work here. */
  readonly problem: string | null
}

export type EndpointTrial = { readonly url: string; readonly eras: readonly EraTrial[] }
