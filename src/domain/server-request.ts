/** What a server asks of its client: `elicitation/create`, `sampling/createMessage`, `roots/list`. */
import type { Json, JsonObject } from './json.ts'

export type ServerRequest = {
  /** The server's own, unique among its open requests. */
  readonly id: Json
  readonly method: string
  readonly params: JsonObject | undefined
  /** Answers it, once: later answers, and those to a process that is gone, are dropped. */
  respond(result: JsonObject): void
  refuse(error: { readonly code: number; readonly message: string; readonly data?: Json }): void
  /** The server needs no answer any more; called at most once, and never after an answer. */
  onCancelled(listener: (reason: string) => void): void
}

/** One that an earlier daemon got and did not answer. */
export type EarlierRequest = {
  readonly id: Json
  readonly method: string
  readonly params: JsonObject | undefined
}
