/**
 * Errors in JSON-RPC form. Own codes lie outside -32768…-32000, which belong to JSON-RPC and MCP (R44):
 * where the protocol has no word for it, the code is the HTTP status.
 */
import { AppError, renderError } from '../domain/error.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import type { RequestId } from './message.ts'

export const PARSE_ERROR = -32700
export const INVALID_REQUEST = -32600
export const METHOD_NOT_FOUND = -32601
export const INVALID_PARAMS = -32602
export const INTERNAL_ERROR = -32603
const HEADER_MISMATCH = -32020
export const MISSING_CAPABILITY = -32021
export const UNSUPPORTED_VERSION = -32022

export type RpcError = { readonly code: number; readonly message: string; readonly data?: Json }

/** An error with the HTTP status it travels on. */
export type Fault = { readonly status: number; readonly error: RpcError }

export function buildFault(status: number, code: number, message: string, data?: Json): Fault {
  return { status, error: data === undefined ? { code, message } : { code, message, data } }
}

/** `header` and `body` are what each of them said; '' for one that is missing. */
export function buildMismatch(text: string, header: string, body: string): Fault {
  return buildFault(400, HEADER_MISMATCH, `The headers and the body disagree: ${text}.`, {
    mismatch: { header, body },
  })
}

export function buildErrorMessage(error: RpcError, id: RequestId | undefined): JsonObject {
  return id === undefined ? { jsonrpc: '2.0', error } : { jsonrpc: '2.0', id, error }
}

/**
 * Cause and next step in the text, since most clients show nothing else; the parts again as data, with the server's
 * status where that is the cause.
 */
export function renderRpcError(error: unknown): RpcError {
  const { code, message, hint, details } = renderError(error)
  const text = `${/[.!?…]$/.test(message) ? message : `${message}.`} ${hint}`
  return { code: INTERNAL_ERROR, message: text, data: { ...(details as JsonObject | undefined), code, hint } }
}

/** What passes by itself in a moment. */
const FULL: ReadonlySet<string> = new Set(['busy', 'too_many_processes', 'server_unresponsive'])

type FailureFrame = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>> | undefined
}

/** A failure of the upstream rides on 200, so that clients read it as an answer (R43, R46); what is full for a moment is a 503. */
export function frameFailure(error: unknown): FailureFrame {
  if (!(error instanceof AppError) || !FULL.has(error.code)) return { status: 200, headers: undefined }
  const seconds = error.details?.['retry_after_seconds']
  return { status: 503, headers: { 'Retry-After': typeof seconds === 'number' ? String(seconds) : '1' } }
}

/** A hosted server's error object, which may be anything, as an error that clients can read. */
export function parseRpcError(value: unknown): RpcError {
  if (isJsonObject(value)) {
    const { code, message, data } = value
    if (typeof code === 'number' && Number.isSafeInteger(code) && typeof message === 'string') {
      return data === undefined ? { code, message } : { code, message, data }
    }
  }
  return { code: INTERNAL_ERROR, message: 'The server answered with an error that is not JSON-RPC.' }
}
