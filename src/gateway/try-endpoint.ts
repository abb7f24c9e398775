/** An endpoint tried as its clients use it: through its public address, in both generations of the protocol. */
import { CONNECT_TEST_NAME, type EndpointTrial, type EraTrial } from '../domain/clients/connect-test.ts'
import { collectBytes } from '../domain/collect-bytes.ts'
import { decodeJson, isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { buildMessageHeaders } from '../domain/message-headers.ts'
import { createSseReader } from '../domain/sse-reader.ts'
import { httpRequest, type OutboundResponse } from '../system/outbound.ts'
import {
  CLIENT_CAPABILITIES,
  CLIENT_INFO,
  LEGACY_VERSIONS,
  MODERN_VERSION,
  PROTOCOL_VERSION,
} from './envelope.ts'

const TIMEOUT_MS = 15_000
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
const MAX_PAGES = 20
const MAX_TEXT = 300
const INFO = { name: CONNECT_TEST_NAME, version: '1' }
const SESSION = 'mcp-session-id'

type Headers = Readonly<Record<string, string>>
type Ask = (method: string, params: JsonObject, headers?: Headers) => Promise<Reply>
type Reply = { readonly result: JsonObject; readonly session: string | null }

/** Never rejects: what goes wrong is what it is asked for. Redirects are not followed, so the token goes nowhere else. */
export async function tryEndpoint(url: string, token: string): Promise<EndpointTrial> {
  return { url, eras: [await tryEra('modern', url, token), await tryEra('legacy', url, token)] }
}

async function tryEra(era: EraTrial['era'], url: string, token: string): Promise<EraTrial> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const ask = createAsk(new URL(url), token, signal)
  let protocolVersion: string | null = null
  const onVersion = (version: Json | undefined) => {
    protocolVersion = typeof version === 'string' ? version.slice(0, MAX_TEXT) : null
  }
  try {
    const tools = await (era === 'modern' ? tryModern(ask, onVersion) : tryLegacy(ask, onVersion))
    return { era, protocolVersion, tools, problem: null }
  } catch (error) {
    const problem = signal.aborted
      ? `It did not answer within ${TIMEOUT_MS / 1000} seconds.`
      : describe(error).slice(0, MAX_TEXT)
    return { era, protocolVersion, tools: null, problem }
  }
}

type OnVersion = (version: Json | undefined) => void

async function tryModern(ask: Ask, onVersion: OnVersion): Promise<number> {
  const _meta = { [PROTOCOL_VERSION]: MODERN_VERSION, [CLIENT_INFO]: INFO, [CLIENT_CAPABILITIES]: {} }
  const headers = (method: string) => ({
    'mcp-protocol-version': MODERN_VERSION,
    ...buildMessageHeaders({ method, params: {} }),
  })
  const { result } = await ask('server/discover', { _meta }, headers('server/discover'))
  const versions = result['supportedVersions']
  if (!Array.isArray(versions) || !versions.includes(MODERN_VERSION))
    throw new Error(`It does not speak ${MODERN_VERSION}.`)
  onVersion(MODERN_VERSION)
  return countTools((params) => ask('tools/list', { ...params, _meta }, headers('tools/list')))
}

async function tryLegacy(ask: Ask, onVersion: OnVersion): Promise<number> {
  const params = { protocolVersion: LEGACY_VERSIONS.at(-1)!, capabilities: {}, clientInfo: INFO }
  const { result, session } = await ask('initialize', params)
  const version = result['protocolVersion']
  onVersion(version)
  const headers = {
    ...(typeof version === 'string' ? { 'mcp-protocol-version': version } : {}),
    ...(session === null ? {} : { [SESSION]: session }),
  }
  await ask('notifications/initialized', {}, headers)
  return countTools((page) => ask('tools/list', page, headers))
}

async function countTools(ask: (params: JsonObject) => Promise<Reply>): Promise<number> {
  let count = 0
  let cursor: Json | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const { result } = await ask(cursor === undefined ? {} : { cursor })
    const { tools, nextCursor } = result
    if (!Array.isArray(tools)) throw new Error('It answered tools/list without tools.')
    count += tools.length
    if (typeof nextCursor !== 'string' || nextCursor === cursor) break
    cursor = nextCursor
  }
  return count
}

function createAsk(url: URL, token: string, signal: AbortSignal): Ask {
  let last = 0
  return async (method, params, more = {}) => {
    const id = method.startsWith('notifications/') ? null : ++last
    const response = await httpRequest({
      url,
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        // One that was kept from before may be closed at the other end by now.
        connection: 'close',
        ...more,
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...(id === null ? {} : { id }), method, params }),
      signal,
    })
    const text = await readText(response)
    if (response.status >= 300 || response.status < 200)
      throw new Error(describeRefusal(method, response, text))
    const answer = readMessages(response, text).find((message) => message['id'] === id)
    const session = response.headers[SESSION]
    const kept = typeof session === 'string' ? session : null
    if (id === null) return { result: {}, session: kept }
    if (answer === undefined) throw new Error(`What answers ${method} is no MCP endpoint.`)
    const { result, error } = answer
    if (isJsonObject(error)) throw new Error(`${method} was refused: ${readSentence(error['message'])}`)
    return { result: isJsonObject(result) ? result : {}, session: kept }
  }
}

async function readText({ body }: OutboundResponse): Promise<string> {
  try {
    return (
      await collectBytes(body, MAX_ANSWER_BYTES, () => new Error('Its answer is too large.'))
    ).toString()
  } finally {
    body.destroy()
  }
}

function readMessages({ headers }: OutboundResponse, text: string): readonly JsonObject[] {
  const texts: string[] = []
  if (headers['content-type']?.startsWith('text/event-stream') === true) {
    const onEvent = ({ data }: { readonly data: string }) => void texts.push(data)
    createSseReader({ onEvent, onOverflow: () => {} }, MAX_ANSWER_BYTES).push(Buffer.from(text))
  } else texts.push(text)
  return texts.map(decodeJson).filter(isJsonObject)
}

function describeRefusal(method: string, { status, headers }: OutboundResponse, text: string): string {
  if (status >= 300 && status < 400)
    return `${method} is answered by ${status}, which sends clients to ${readSentence(headers.location)}`
  const answer = decodeJson(text)
  const problem = isJsonObject(answer) ? answer : {}
  const error = isJsonObject(problem['error']) ? problem['error'] : {}
  return `${method} is answered by ${status}: ${readSentence(problem['detail'] ?? error['message'])}`
}

function readSentence(value: Json | undefined): string {
  return typeof value === 'string' && value !== '' ? value : 'it says no more.'
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return error.message === '' ? code : error.message
}
