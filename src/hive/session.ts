/** One connection to a hAIveMind: opened, introduced, its tools read once; then calls until it ends. */
import type { Clock } from '../domain/clock.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import type { OpenWire, Wire } from './wire/wire.ts'

/** The newest that a hAIveMind speaks. */
const PROTOCOL = '2025-11-25'
const OPEN_MS = 10_000
const MAX_TOOL_PAGES = 10

/** What a call may be given: by argument, and the values where it lists them. */
export type ToolShape = {
  readonly properties: Readonly<Record<string, { readonly values: readonly string[] | null }>>
}

export type Answer =
  | { readonly kind: 'text'; readonly text: string; readonly isError: boolean }
  /** Whether it was done is not known. */
  | { readonly kind: 'lost'; readonly why: string }

export interface HiveSession {
  readonly tools: ReadonlyMap<string, ToolShape>
  call(tool: string, args: JsonObject, timeoutMs: number): Promise<Answer>
  /** Null while it is open. */
  readonly ended: string | null
  close(): void
}

/** The first way that leads to a session; rejects with what the last one said. */
export async function openSession(
  openers: readonly OpenWire[],
  deps: { readonly clock: Clock; readonly version: string; readonly signal: AbortSignal },
): Promise<HiveSession> {
  let last: unknown = new Error('cannot be reached')
  for (const open of openers) {
    try {
      return await openOver(open, deps)
    } catch (error) {
      last = error
    }
    if (deps.signal.aborted) break
  }
  throw last
}

type Pending = { readonly resolve: (message: JsonObject) => void; readonly lose: (why: string) => void }

async function openOver(
  open: OpenWire,
  {
    clock,
    version,
    signal,
  }: { readonly clock: Clock; readonly version: string; readonly signal: AbortSignal },
): Promise<HiveSession> {
  const pending = new Map<number, Pending>()
  const failed = new AbortController()
  let ended: string | null = null
  let count = 0
  let wire: Wire | null = null
  const end = (why: string) => {
    if (ended !== null) return
    ended = why
    failed.abort()
    wire?.close()
    for (const { lose } of pending.values()) lose(why)
    pending.clear()
  }
  const onMessage = (message: JsonObject) => {
    const { id, method } = message
    if (typeof method === 'string') {
      // It may ask whether somebody is there; nothing else was offered to it.
      if (id === undefined) return
      const answer: JsonObject =
        method === 'ping' ? { result: {} } : { error: { code: -32_601, message: 'not offered here' } }
      void wire?.send({ jsonrpc: '2.0', id, ...answer }).catch(() => {})
      return
    }
    if (typeof id !== 'number') return
    pending.get(id)?.resolve(message)
    pending.delete(id)
  }
  const give = clock.after(OPEN_MS, () => end('does not answer'))
  try {
    const opened = await open({ onMessage, onEnd: end }, AbortSignal.any([signal, failed.signal]))
    wire = opened
    if (ended !== null) {
      opened.close()
      throw new Error(ended)
    }
    /** Resolves with the message, or null and why it was lost. */
    const ask = (method: string, params: JsonObject, timeoutMs: number) =>
      new Promise<JsonObject | { readonly lost: string }>((resolve) => {
        if (ended !== null) return resolve({ lost: ended })
        const id = ++count
        const cancel = clock.after(timeoutMs, () => {
          pending.delete(id)
          resolve({ lost: `did not answer ${method} in ${timeoutMs / 1000} s` })
        })
        pending.set(id, {
          resolve(message) {
            cancel()
            resolve(message)
          },
          lose(why) {
            cancel()
            resolve({ lost: why })
          },
        })
        opened.send({ jsonrpc: '2.0', id, method, params }).catch((error: unknown) => {
          const waiting = pending.get(id)
          pending.delete(id)
          waiting?.lose(error instanceof Error ? error.message : String(error))
        })
      })
    const expect = async (method: string, params: JsonObject): Promise<JsonObject> => {
      const message = await ask(method, params, OPEN_MS)
      if (typeof message['lost'] === 'string') throw new Error(message['lost'])
      const { result } = message as JsonObject
      if (!isJsonObject(result)) throw new Error(`refuses ${method}`)
      return result
    }
    await expect('initialize', {
      protocolVersion: PROTOCOL,
      capabilities: {},
      clientInfo: { name: 'haivemind-hosting', version },
    })
    await opened.send({ jsonrpc: '2.0', method: 'notifications/initialized' })
    const tools = new Map<string, ToolShape>()
    let cursor: Json = null
    for (let page = 0; page < MAX_TOOL_PAGES; page++) {
      const listed: JsonObject = await expect('tools/list', cursor === null ? {} : { cursor })
      for (const tool of Array.isArray(listed['tools']) ? listed['tools'] : []) readTool(tool, tools)
      cursor = listed['nextCursor'] ?? null
      if (cursor === null) break
    }
    give()
    return {
      tools,
      get ended() {
        return ended
      },
      async call(name, args, timeoutMs) {
        const message = await ask('tools/call', { name, arguments: args }, timeoutMs)
        return typeof message['lost'] === 'string'
          ? { kind: 'lost', why: message['lost'] }
          : readAnswer(message as JsonObject)
      },
      close: () => end('was closed'),
    }
  } catch (error) {
    give()
    const why = ended ?? (error instanceof Error ? error.message : String(error))
    end(why)
    throw new Error(why, { cause: error })
  }
}

function readTool(tool: Json, into: Map<string, ToolShape>): void {
  if (!isJsonObject(tool) || typeof tool['name'] !== 'string') return
  const schema = tool['inputSchema']
  const listed = isJsonObject(schema) ? schema['properties'] : undefined
  const properties = isJsonObject(listed) ? listed : {}
  into.set(tool['name'], {
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, about]) => {
        const values = isJsonObject(about) && Array.isArray(about['enum']) ? about['enum'] : null
        return [
          name,
          { values: values?.filter((value): value is string => typeof value === 'string') ?? null },
        ]
      }),
    ),
  })
}

/** One block of text; an error of the protocol is one that says so. */
function readAnswer({ result, error }: JsonObject): Answer {
  if (isJsonObject(error)) {
    return {
      kind: 'text',
      text: `Error: ${typeof error['message'] === 'string' ? error['message'] : ''}`,
      isError: true,
    }
  }
  const content = isJsonObject(result) && Array.isArray(result['content']) ? result['content'] : []
  const [first] = content
  const text = isJsonObject(first) && typeof first['text'] === 'string' ? first['text'] : ''
  return { kind: 'text', text, isError: isJsonObject(result) && result['isError'] === true }
}
