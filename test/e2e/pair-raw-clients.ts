/** Clients of the revisions that no SDK speaks any more, by hand: HTTP+SSE, and arrays over Streamable HTTP. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CAPITAL, PERSON, render, ROOTS } from './pair-sdk-clients.ts'
import type { PairClient, Watch } from './pair-operations.ts'

type Message = {
  readonly id?: number | string
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly code: number; readonly message: string }
}
type Receive = (message: Message) => void

/** How messages travel; `send` resolves when the server has taken them, with what it answered right there received. */
type Wire = {
  send(message: Message): Promise<void>
  /** After `initialize` was answered. */
  begin(revision: string): Promise<void>
  cut(): void
  close(): Promise<void>
}

const ANSWERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ping: {},
  'elicitation/create': PERSON,
  'sampling/createMessage': CAPITAL,
  'roots/list': ROOTS,
}
const LOG_MS = 50

/** Reads events until the stream ends or breaks. */
async function readEvents(response: Response, onEvent: (name: string, data: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true })
    const events = rest.split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(event)?.[1]
      const data = field('data')
      if (data !== undefined && data !== '') onEvent(field('event') ?? 'message', data)
    }
  }
}

const expectOk = async (response: Response) => {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return response
}

/** 2024-11-05: one stream down, POSTs up. */
async function openSse(endpoint: string, authorization: string, receive: Receive): Promise<Wire> {
  const controller = new AbortController()
  const { signal } = controller
  const url = endpoint.replace(/mcp$/, 'sse')
  const stream = await expectOk(
    await fetch(url, { headers: { authorization, accept: 'text/event-stream' }, signal }),
  )
  let found: (address: string) => void = () => undefined
  const address = new Promise<string>((resolve) => (found = resolve))
  readEvents(stream, (name, data) => {
    if (name === 'endpoint') found(new URL(data, url).href)
    else receive(JSON.parse(data) as Message)
  }).catch(() => undefined)
  return {
    async send(message) {
      const body = JSON.stringify({ jsonrpc: '2.0', ...message })
      const headers = { authorization, 'content-type': 'application/json' }
      const response = await expectOk(await fetch(await address, { method: 'POST', headers, body, signal }))
      await response.body?.cancel()
    },
    begin: () => Promise.resolve(),
    cut: () => controller.abort(),
    async close() {
      controller.abort()
    },
  }
}

/** Streamable HTTP with one session. @param inArrays as only 2025-03-26 knows: every message in an array of its own. */
function openStreamable(endpoint: string, authorization: string, inArrays: boolean, receive: Receive): Wire {
  let controller = new AbortController()
  let session: Record<string, string> = {}
  const listen = async () => {
    const { signal } = controller
    const headers = { authorization, accept: 'text/event-stream', ...session }
    const stream = await expectOk(await fetch(endpoint, { headers, signal }))
    readEvents(stream, (_name, data) => receive(JSON.parse(data) as Message)).catch(() => undefined)
  }
  return {
    async send(message) {
      const one = { jsonrpc: '2.0', ...message }
      const response = await expectOk(
        await fetch(endpoint, {
          method: 'POST',
          headers: {
            authorization,
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            ...session,
          },
          body: JSON.stringify(inArrays && message.method !== 'initialize' ? [one] : one),
          signal: controller.signal,
        }),
      )
      const id = response.headers.get('mcp-session-id')
      if (id !== null) session = { 'mcp-session-id': id }
      if (response.headers.get('content-type') === 'text/event-stream') {
        readEvents(response, (_name, data) => receive(JSON.parse(data) as Message)).catch(() => undefined)
        return
      }
      const text = await response.text()
      const answers: unknown = text === '' ? [] : JSON.parse(text)
      for (const answer of Array.isArray(answers) ? answers : [answers]) receive(answer as Message)
    },
    async begin(revision) {
      if (revision > '2025-03-26') session = { ...session, 'mcp-protocol-version': revision }
      await listen()
    },
    cut() {
      controller.abort()
      controller = new AbortController()
    },
    async close() {
      await fetch(endpoint, { method: 'DELETE', headers: { authorization, ...session } })
      controller.abort()
    },
  }
}

export async function connectRaw(
  endpoint: string,
  token: string,
  bare: boolean,
  revision: string,
): Promise<PairClient> {
  const waiting = new Map<
    number | string,
    { resolve: (result: object) => void; reject: (error: Error) => void }
  >()
  const heard = new Map<string, (params: Readonly<Record<string, unknown>>) => void>()
  const progress = new Map<unknown, (progress: number) => void>()
  let nextId = 1

  const receive = (message: Message) => {
    const { id, method, params = {} } = message
    if (method !== undefined && id !== undefined) {
      const result = ANSWERS[method]
      const answer =
        result === undefined ? { error: { code: -32601, message: 'Method not found' } } : { result }
      wire.send({ id, ...answer }).catch(() => undefined)
    } else if (method === 'notifications/progress')
      progress.get(params['progressToken'])?.(Number(params['progress']))
    else if (method !== undefined) heard.get(method)?.(params)
    else if (id !== undefined) {
      const { result, error } = message
      if (error === undefined) waiting.get(id)?.resolve(result ?? {})
      else waiting.get(id)?.reject(Object.assign(new Error(error.message), { code: error.code }))
      waiting.delete(id)
    }
  }
  const authorization = `Bearer ${token}`
  const wire: Wire =
    revision === '2024-11-05'
      ? await openSse(endpoint, authorization, receive)
      : openStreamable(endpoint, authorization, revision === '2025-03-26', receive)

  const request = async <T>(method: string, params: object, signal?: AbortSignal): Promise<T> => {
    const id = nextId++
    const answer = new Promise<object>((resolve, reject) => waiting.set(id, { resolve, reject }))
    answer.catch(() => undefined)
    signal?.addEventListener('abort', () => {
      wire.send({ method: 'notifications/cancelled', params: { requestId: id } }).catch(() => undefined)
      waiting.get(id)?.reject(new Error('given up'))
    })
    await wire.send({ id, method, params: { ...params } })
    return (await answer) as T
  }
  const call = (name: string, args: object, meta?: object, signal?: AbortSignal) =>
    request<Record<string, unknown>>(
      'tools/call',
      { name, arguments: args, ...(meta === undefined ? {} : { _meta: meta }) },
      signal,
    )
  const watch = (method: string): Watch => {
    let seen = 0
    heard.set(method, () => void seen++)
    return { seen: () => seen, stop: () => Promise.resolve() }
  }

  const { protocolVersion } = await request<{ readonly protocolVersion: string }>('initialize', {
    protocolVersion: revision,
    capabilities: bare
      ? {}
      : { sampling: {}, roots: {}, ...(revision >= '2025-06-18' ? { elicitation: {} } : {}) },
    clientInfo: { name: 'pairs', version: '1' },
  })
  await wire.send({ method: 'notifications/initialized' })
  await wire.begin(protocolVersion)

  return {
    revision: protocolVersion,
    listTools: async () =>
      (await request<{ tools: readonly { name: string }[] }>('tools/list', {})).tools.map(
        (tool) => tool.name,
      ),
    async call(name, args = {}, { onProgress, signal } = {}) {
      const progressToken = `p${nextId}`
      if (onProgress !== undefined) progress.set(progressToken, onProgress)
      return render(await call(name, args, onProgress === undefined ? undefined : { progressToken }, signal))
    },
    async callForLogs(name) {
      const logs: string[] = []
      heard.set('notifications/message', (params) => void logs.push(String(params['data'])))
      await request('logging/setLevel', { level: 'info' })
      await call(name, {})
      await sleep(LOG_MS)
      return logs
    },
    read: async (uri) =>
      (await request<{ contents: readonly { text: string }[] }>('resources/read', { uri })).contents[0]
        ?.text ?? '',
    async complete(value) {
      const params = { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'name', value } }
      return (await request<{ completion: { values: string[] } }>('completion/complete', params)).completion
        .values
    },
    watchTools: () => Promise.resolve(watch('notifications/tools/list_changed')),
    async watchResource(uri) {
      const watching = watch('notifications/resources/updated')
      await request('resources/subscribe', { uri })
      return { ...watching, stop: async () => void (await request('resources/unsubscribe', { uri })) }
    },
    cut: () => wire.cut(),
    close: () => wire.close(),
  }
}
