/** Errors of JSON-RPC as what a page can show: the platform's own in its words, those of servers as theirs. */
import { ApiError, UNREACHABLE } from '../api.ts'
import { isObject, numberOf, own, textOf, type Json, type SchemaObject } from '../schema-form/schema.ts'

const INTERNAL_ERROR = -32603

export function readRpcError(status: number, error: Json): ApiError {
  const object: SchemaObject = isObject(error) ? error : {}
  const message = textOf(object, 'message') ?? 'The server answered with an error that says nothing.'
  const rpcCode = numberOf(object, 'code')
  const data = own(object, 'data')
  const details = isObject(data) ? data : {}
  const code = textOf(details, 'code')
  const hint = textOf(details, 'hint')
  // The gateway tells its own failures so: cause and next step in one text, and again as data.
  if (rpcCode === INTERNAL_ERROR && code !== null && hint !== null && message.endsWith(hint)) {
    const detail = message.slice(0, -hint.length).trim()
    return new ApiError(status, { code: code as never, detail, hint, details })
  }
  return new ApiError(status, {
    code: 'server_error',
    detail: message,
    details: { rpc_code: rpcCode, ...(data === undefined ? {} : { data }) },
  })
}

export const NO_ANSWER = () =>
  new ApiError(0, {
    code: UNREACHABLE as never,
    detail: 'The answer did not come.',
    hint: 'The platform may be restarting; hosted servers keep running meanwhile.',
  })
