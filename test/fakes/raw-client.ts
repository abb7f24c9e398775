/** MCP over HTTP by hand: what a test sends is exactly what goes out. */
import type { JsonObject } from '../../src/domain/json.ts'
import { TOKEN } from './gateway-host.ts'

export type Answer = {
  readonly status: number
  readonly headers: Headers
  /** The body as JSON, or undefined when it is none. */
  readonly json: JsonObject | undefined
  /** Messages of an event stream, in order. */
  readonly events: readonly JsonObject[]
  readonly text: string
}

type Extra = Readonly<Record<string, string | undefined>>

const COMMON = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  authorization: `Bearer ${TOKEN}`,
}

/** A header given as undefined is left out. */
function buildHeaders(extra: Extra): Record<string, string> {
  const merged = Object.entries({ ...COMMON, ...extra })
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

export async function post(
  url: string,
  body: unknown,
  extra: Extra = {},
  signal?: AbortSignal,
): Promise<Answer> {
  return read(await start(url, body, extra, signal))
}

/** The response before its body: for streams that stay open. */
export function start(
  url: string,
  body: unknown,
  extra: Extra = {},
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: buildHeaders(extra),
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  })
}

export async function send(url: string, method: string, extra: Extra = {}): Promise<Answer> {
  return read(await fetch(url, { method, headers: buildHeaders({ 'content-type': undefined, ...extra }) }))
}

export async function read(response: Response): Promise<Answer> {
  const text = await response.text()
  const { status, headers } = response
  const isStream = headers.get('content-type') === 'text/event-stream'
  return {
    status,
    headers,
    text,
    json: isStream || text === '' ? undefined : (JSON.parse(text) as JsonObject),
    events: isStream ? parseEvents(text) : [],
  }
}

/** Messages only: events without data prime a client to resume, and those of other names hold no JSON. */
function parseEvents(text: string): JsonObject[] {
  return text.split('\n\n').flatMap((block) => {
    const data = /^data: (.+)$/m.exec(block)?.[1]
    return data === undefined || /^event: (?!message$)/m.test(block) ? [] : [JSON.parse(data) as JsonObject]
  })
}

export type OpenStream = {
  /** Messages so far; grows. */
  readonly events: JsonObject[]
  /** Bytes so far, comments included. */
  text(): string
  /** Resolves when the server ends it. */
  readonly ended: Promise<void>
  abort(): void
}

/** Reads a stream in the background. */
export async function openStream(
  url: string,
  init: { readonly method: 'GET' | 'POST'; readonly body?: unknown; readonly headers?: Extra },
): Promise<OpenStream> {
  const controller = new AbortController()
  const response = await fetch(url, {
    method: init.method,
    headers: buildHeaders({ accept: 'application/json, text/event-stream', ...init.headers }),
    signal: controller.signal,
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  })
  if (response.headers.get('content-type') !== 'text/event-stream') {
    throw new Error(`no stream: ${response.status} ${await response.text()}`)
  }
  const events: JsonObject[] = []
  let text = ''
  let parsed = 0
  const consume = async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      const end = text.lastIndexOf('\n\n')
      if (end < parsed) continue
      events.push(...parseEvents(text.slice(parsed, end)))
      parsed = end
    }
  }
  const ended = consume().catch(() => {})
  return { events, text: () => text, ended, abort: () => controller.abort() }
}

/** A request of 2026-07-28 with its envelope and headers. */
export function buildModern(
  method: string,
  params: JsonObject = {},
  id: string | number = 1,
): { readonly body: JsonObject; readonly headers: Record<string, string> } {
  const meta = params['_meta'] as JsonObject | undefined
  const name = method === 'resources/read' ? params['uri'] : params['name']
  return {
    body: {
      jsonrpc: '2.0',
      id,
      method,
      params: {
        ...params,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
          'io.modelcontextprotocol/clientCapabilities': {},
          ...meta,
        },
      },
    },
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' && /^(tools\/call|prompts\/get|resources\/read)$/.test(method)
        ? { 'mcp-name': name }
        : {}),
    },
  }
}

export function postModern(
  url: string,
  method: string,
  params: JsonObject = {},
  extra: Extra = {},
): Promise<Answer> {
  const { body, headers } = buildModern(method, params)
  return post(url, body, { ...headers, ...extra })
}

/** Opens a session and returns the headers that its requests carry. */
export async function openSession(
  url: string,
  version = '2025-11-25',
  extra: Extra = {},
  capabilities: JsonObject = {},
): Promise<{ readonly headers: Record<string, string>; readonly result: JsonObject }> {
  const answer = await post(
    url,
    {
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params: { protocolVersion: version, capabilities, clientInfo: { name: 'raw', version: '1' } },
    },
    extra,
  )
  const session = answer.headers.get('mcp-session-id')
  if (session === null) throw new Error(`no session: ${answer.status} ${answer.text}`)
  const result = answer.json?.['result'] as JsonObject
  const negotiated = result['protocolVersion'] as string
  return {
    headers: { 'mcp-session-id': session, 'mcp-protocol-version': negotiated, ...definedOnly(extra) },
    result,
  }
}

function definedOnly(extra: Extra): Record<string, string> {
  return Object.fromEntries(
    Object.entries(extra).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
