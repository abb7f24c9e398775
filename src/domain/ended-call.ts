import type { CallOutcome } from './call-outcome.ts'
import type { CallTrace } from './trace-context.ts'

/** A traced call, as the gateway tells it; times in milliseconds since the epoch. */
export type EndedCall = {
  readonly trace: CallTrace
  readonly method: string
  readonly tool: string | null
  readonly prompt: string | null
  readonly protocolVersion: string
  readonly outcome: CallOutcome
  /** Of a JSON-RPC error of the server. */
  readonly errorCode: number | null
  readonly startedAt: number
  readonly endedAt: number
  /** Null where it never went to the server. */
  readonly sent: {
    readonly at: number
    readonly requestId: number | null
    /** Null: no answer came. */
    readonly answeredAt: number | null
  } | null
}
