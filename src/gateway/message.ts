/** JSON-RPC 2.0 as MCP narrows it: ids are strings or integers, and there are no other members. */
import { isJsonObject, type JsonObject } from '../domain/json.ts'

export type RequestId = string | number

export type Request = {
  readonly kind: 'request'
  readonly id: RequestId
  readonly method: string
  readonly params: JsonObject | undefined
}
export type Notification = {
  readonly kind: 'notification'
  readonly method: string
  readonly params: JsonObject | undefined
}
/** To a request of the server; a result or an error. */
export type Response = {
  readonly kind: 'response'
  readonly id: RequestId | undefined
  readonly result: JsonObject | undefined
  readonly error: JsonObject | undefined
}
export type Message = Request | Notification | Response

export function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || Number.isSafeInteger(value)
}

/** Null for anything that is not one message. Written by hand: it runs for every call. */
export function parseMessage(value: unknown): Message | null {
  if (!isJsonObject(value) || value['jsonrpc'] !== '2.0') return null
  const { id, method, params } = value
  if (method === undefined) return parseResponse(value)
  if (typeof method !== 'string') return null
  if (params !== undefined && !(isJsonObject(params) && hasUsableMeta(params))) return null
  for (const key in value) {
    if (key !== 'jsonrpc' && key !== 'id' && key !== 'method' && key !== 'params') return null
  }
  if (id === undefined) return { kind: 'notification', method, params }
  return isRequestId(id) ? { kind: 'request', id, method, params } : null
}

function parseResponse(value: JsonObject): Response | null {
  const { id, result, error } = value
  const names = Object.keys(value)
  if (error === undefined) {
    if (!isRequestId(id) || !isJsonObject(result) || names.length !== 3) return null
    const isUsable = result['_meta'] === undefined || isJsonObject(result['_meta'])
    return isUsable ? { kind: 'response', id, result, error: undefined } : null
  }
  if (id !== undefined && !isRequestId(id)) return null
  if (!names.every((name) => name === 'jsonrpc' || name === 'id' || name === 'error')) return null
  if (!isJsonObject(error) || !Number.isSafeInteger(error['code'])) return null
  return typeof error['message'] === 'string' ? { kind: 'response', id, result: undefined, error } : null
}

/** `_meta`, where present, is an object; of its keys only these two have a shape in every revision. */
function hasUsableMeta(params: JsonObject): boolean {
  const meta = params['_meta']
  if (meta === undefined) return true
  if (!isJsonObject(meta)) return false
  if (meta['progressToken'] !== undefined && !isRequestId(meta['progressToken'])) return false
  const task = meta['io.modelcontextprotocol/related-task']
  return task === undefined || (isJsonObject(task) && typeof task['taskId'] === 'string')
}

/** The id to echo in an error, or undefined when it cannot be read (R36). */
export function readId(body: unknown): RequestId | undefined {
  const id = isJsonObject(body) ? body['id'] : undefined
  return isRequestId(id) ? id : undefined
}
