/** A client of an earlier revision, by hand, that a server may ask: it answers each question as the test says. */
import type { JsonObject } from '../../src/domain/json.ts'
import { openSession, openStream, post, type OpenStream } from './raw-client.ts'

export type AskedClient = {
  readonly headers: Record<string, string>
  /** Requests of the server, in order. */
  readonly questions: readonly JsonObject[]
  /** All notifications, in order. */
  readonly told: readonly JsonObject[]
  /** Sends a request; resolves with its response, whatever came before it. */
  ask(method: string, params: JsonObject, id?: number): Promise<JsonObject>
  call(name: string, args?: JsonObject, id?: number): Promise<JsonObject>
  /** A notification or a response; resolves with the status. */
  tell(message: JsonObject): Promise<number>
  /** The GET stream, answered as the others. */
  listen(): Promise<OpenStream>
}

export type AskedClientOptions = {
  readonly version?: string
  readonly capabilities: JsonObject
  readonly token?: string
  /** The response without its id; null: it never answers. */
  readonly answer?: (question: JsonObject) => JsonObject | null
}

export async function openAskedClient(url: string, options: AskedClientOptions): Promise<AskedClient> {
  const { version, capabilities, token, answer = () => null } = options
  const extra = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const { headers } = await openSession(url, version, extra, capabilities)
  const questions: JsonObject[] = []
  const told: JsonObject[] = []
  let nextId = 100

  const tell = async (message: JsonObject) => {
    const { status, text } = await post(url, { jsonrpc: '2.0', ...message }, headers)
    if (text !== '') throw new Error(`an answer to a message without one: ${text}`)
    return status
  }
  const take = (message: JsonObject) => {
    if (message['id'] === undefined) told.push(message)
    else if (message['method'] !== undefined) {
      questions.push(message)
      const response = answer(message)
      if (response !== null) void tell({ id: message['id'], ...response })
    }
  }
  /** Reads a stream as it grows; resolves with the response of this id. */
  const follow = async (response: Response, id: number): Promise<JsonObject> => {
    if (response.headers.get('content-type') !== 'text/event-stream') {
      return (await response.json()) as JsonObject
    }
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = /^data: (.+)$/m.exec(text.slice(0, end))?.[1]
        text = text.slice(end + 2)
        if (data === undefined) continue
        const message = JSON.parse(data) as JsonObject
        if (message['id'] === id && message['method'] === undefined) return message
        take(message)
      }
    }
    throw new Error('the stream ended without a response')
  }
  const ask = async (method: string, params: JsonObject, id = nextId++) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: 'Bearer hvm_all',
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
    })
    return follow(response, id)
  }

  return {
    headers,
    questions,
    told,
    ask,
    call: (name, args = {}, id) => ask('tools/call', { name, arguments: args }, id),
    tell,
    async listen() {
      const stream = await openStream(url, { method: 'GET', headers: { ...headers } })
      let seen = 0
      const timer = setInterval(() => {
        for (const message of stream.events.slice(seen)) take(message)
        seen = stream.events.length
      }, 2)
      void stream.ended.then(() => clearInterval(timer))
      return stream
    },
  }
}
