/** One relayed request as data: what is asked, and how it ended. */
import type { AppError } from '../domain/error.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import type { ProcessKey } from '../domain/process-key.ts'
import type { EarlierRequest, ServerRequest } from '../domain/server-request.ts'
import type { LogLevel } from './envelope.ts'
import { parseRpcError, type RpcError } from './fault.ts'
import type { CallRecord } from './ports.ts'
import type { TraceHeaders } from './trace.ts'

export type CallRequest = {
  readonly method: string
  readonly params: JsonObject | undefined
  readonly principalId: string
  /** The client's revision, for the record. */
  readonly protocolVersion: string
  /** Present only where the client asked for progress; the params still carry the connection's token. */
  readonly onProgress?: (params: JsonObject) => void
  /** Present only where the client asked for log messages. */
  readonly logs?: { readonly level: LogLevel; readonly onLog: (params: JsonObject) => void }
  /**
   * Present only where the server may ask something for this call: then it takes the slot of its process, which one
   * call has at a time. What the caller does not answer is refused when the call ends.
   */
  readonly onPush?: (push: ServerRequest) => void
  /**
   * Present only where it may go to another process: it waited behind a call whose client takes its time, and is not
   * here any more. Called in the place of `onDone`.
   */
  readonly onDisplaced?: () => void
  /** A call that an earlier daemon sent: it is not sent again. */
  readonly earlier?: EarlierCall
  /** Of the client's HTTP request; what the params say of it counts first. */
  readonly trace?: TraceHeaders
  /** For a server that speaks HTTP: sent with the request. */
  readonly headers?: Readonly<Record<string, string>>
  /** The gateway's own question: nobody's call, so no record of it. */
  readonly unrecorded?: true
  /** The gateway's look at what a server defines: it goes ahead of all calls, and gets what is kept from clients. */
  readonly unscreened?: true
  /** Called once, unless the call is cancelled. */
  readonly onDone: (outcome: Outcome) => void
}

export type Outcome =
  | { readonly kind: 'result'; readonly result: JsonObject }
  /** The server's own error, as it gave it. */
  | { readonly kind: 'error'; readonly error: RpcError }
  /** No answer: lost, late, busy, not running. */
  | { readonly kind: 'failed'; readonly error: AppError }

export interface Ticket {
  /** Forgets the call and tells the server; `onDone` is not called. Idempotent. */
  cancel(reason: string): void
}

export interface LaneTicket extends Ticket {
  /** Forgets the call and leaves it as it is at the server, for the next daemon. */
  release(): void
  /** Where the call is now; null while it waits, and where nobody could go on with it after a restart. */
  readonly sent: SentCall | null
}

export type SentCall = {
  readonly key: ProcessKey
  readonly instanceId: string
  /** The request's id at the server. */
  readonly callId: number
  /** Wall clock, milliseconds. */
  readonly startedAt: number
}

export type EarlierCall = Pick<SentCall, 'callId' | 'startedAt'> & {
  /** What the server asked for it and got no answer to; these come to `onPush` first, in this order. */
  readonly requests: readonly EarlierRequest[]
}

/** A hosted server's response, of which only the frame is trusted. */
export function parseOutcome(message: JsonObject): Outcome {
  if (message['error'] !== undefined) return { kind: 'error', error: parseRpcError(message['error']) }
  const { result } = message
  return isJsonObject(result)
    ? { kind: 'result', result }
    : { kind: 'error', error: parseRpcError(undefined) }
}

/** The call never went to the server. */
const REFUSED: ReadonlySet<string> = new Set([
  'busy',
  'too_many_processes',
  'server_not_running',
  'server_unresponsive',
])

export function decideRecordedOutcome(method: string, outcome: Outcome): CallRecord['outcome'] {
  if (outcome.kind === 'error') return 'error'
  if (outcome.kind === 'result') {
    return method === 'tools/call' && outcome.result['isError'] === true ? 'tool_error' : 'ok'
  }
  if (outcome.error.code === 'call_timeout') return 'timeout'
  if (outcome.error.code === 'server_stopped_answering') return 'lost'
  return REFUSED.has(outcome.error.code) ? 'refused' : 'error'
}

export function readToolName(request: CallRequest): string | null {
  const name = request.method === 'tools/call' ? request.params?.['name'] : undefined
  return typeof name === 'string' ? name.slice(0, 128) : null
}
