/**
 * One request of MCP (2026-07-28) at the endpoint of a hosted server, as any client sends it: by the cookie of this page.
 * What is sent stands alone, so there is no session to keep, and whoever goes away cancels it.
 */
import { encodeHeaderValue } from '../../../src/domain/header-value.ts'
import { ApiError, sendMessage } from '../api.ts'
import { createEventParser } from '../event-stream.ts'
import { isObject, own, textOf, type Json, type SchemaObject } from '../schema-form/schema.ts'
import { NO_ANSWER, readRpcError } from './errors.ts'
import { MCP_VERSION } from './version.ts'

const PREFIX = 'io.modelcontextprotocol'

export type Message = { readonly way: 'sent' | 'received'; readonly message: SchemaObject }

export type AskOptions = {
  readonly signal?: AbortSignal
  /** What the server may ask of this page; nothing, unless somebody is there to answer. */
  readonly capabilities?: SchemaObject
  readonly headers?: Readonly<Record<string, string>>
  /** Each message as it is on the line, those of the server that are no answer among them. */
  readonly onMessage?: (message: Message) => void
}

let count = 0

/** Resolves with the result. Throws ApiError. */
export async function ask(
  server: string,
  method: string,
  params: SchemaObject = {},
  options: AskOptions = {},
): Promise<SchemaObject> {
  const id = ++count
  const request = buildRequest(id, method, params, options.capabilities)
  options.onMessage?.({ way: 'sent', message: request })
  const response = await post(server, request, options)
  const answer = await readAnswer(response, id, options)
  if (answer === null) throw NO_ANSWER()
  const error = own(answer, 'error')
  if (error !== undefined) throw readRpcError(response.status, error)
  const result = own(answer, 'result')
  if (!isObject(result)) throw NO_ANSWER()
  return result
}

export function buildRequest(
  id: number,
  method: string,
  params: SchemaObject,
  capabilities: SchemaObject = {},
): SchemaObject {
  const _meta = {
    [`${PREFIX}/protocolVersion`]: MCP_VERSION,
    [`${PREFIX}/clientCapabilities`]: capabilities,
    // Unasked, no server tells how far it is.
    progressToken: id,
  }
  return { jsonrpc: '2.0', id, method, params: { ...params, _meta } }
}

async function post(
  server: string,
  request: SchemaObject,
  { signal, headers }: AskOptions,
): Promise<Response> {
  const params = own(request, 'params')
  const named = isObject(params) ? (textOf(params, 'name') ?? textOf(params, 'uri')) : null
  const mirrored = {
    'mcp-protocol-version': MCP_VERSION,
    'mcp-method': textOf(request, 'method') ?? '',
    ...(named === null ? {} : { 'mcp-name': encodeHeaderValue(named) }),
    ...headers,
  }
  try {
    return await sendMessage(server, request, {
      headers: mirrored,
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    if (signal?.aborted === true || error instanceof ApiError) throw error
    throw NO_ANSWER()
  }
}

/** The answer among all that comes; null where the line ends without one. */
async function readAnswer(
  response: Response,
  id: number,
  { onMessage, signal }: AskOptions,
): Promise<SchemaObject | null> {
  let answer: SchemaObject | null = null
  const take = (value: Json | undefined) => {
    if (!isObject(value)) return
    onMessage?.({ way: 'received', message: value })
    if (own(value, 'method') !== undefined) return
    // A request whose id could not be read is answered without one.
    const to = own(value, 'id')
    if (to === id || (to ?? null) === null) answer = value
  }
  if (!(response.headers.get('content-type') ?? '').includes('event-stream')) {
    take(JSON.parse(await response.text()) as Json)
    return answer
  }
  const parse = createEventParser(({ data }) => take(JSON.parse(data) as Json))
  const decoder = new TextDecoder()
  try {
    for await (const chunk of chunksOf(response)) {
      parse(decoder.decode(chunk, { stream: true }))
      if (answer !== null) break
    }
  } catch (error) {
    if (signal?.aborted === true) throw error
  }
  return answer
}

async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (body === null) return
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
