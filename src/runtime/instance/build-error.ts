import type { Json, JsonObject } from '../../domain/json.ts'

export function buildError(id: Json, code: number, message: string): JsonObject {
  return { jsonrpc: '2.0', id, error: { code, message } }
}
