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
export type Message = Request | Notification | { readonly kind: 'response' }

export function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || Number.isSafeInteger(value)
}

/** Null for anything that is not one message. Written by hand: it runs for every call. */
export function parseMessage(value: unknown): Message | null {
  if (!isJsonObject(value) || value['jsonrpc'] !== '2.0') return null
  const { id, method, params } = value
  if (method === undefined) return isResponse(value) ? { kind: 'response' } : null
  if (typeof method !== 'string') return null
  if (params !== undefined && !(isJsonObject(params) && hasUsableMeta(params))) return null
  for (const key in value) {
    if (key !== 'jsonrpc' && key !== 'id' && key !== 'method' && key !== 'params') return null
  }
  if (id === undefined) return { kind: 'notification', method, params }
  return isRequestId(id) ? { kind: 'request', id, method, params } : null
}

function isResponse(value: JsonObject): boolean {
  const { id, result, error } = value
  const names = Object.keys(value)
  if (error === undefined) {
    if (!isRequestId(id) || !isJsonObject(result)) return false
    return names.length === 3 && (result['_meta'] === undefined || isJsonObject(result['_meta']))
  }
  if (id !== undefined && !isRequestId(id)) return false
  if (!names.every((name) => name === 'jsonrpc' || name === 'id' || name === 'error')) return false
  return isJsonObject(error) && Number.isSafeInteger(error['code']) && typeof error['message'] === 'string'
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
