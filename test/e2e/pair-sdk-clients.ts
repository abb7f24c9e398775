/** The clients of both generations of the TypeScript SDK, as pairs use them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import type { Outcome, PairClient, Watch } from './pair-operations.ts'

const INFO = { name: 'pairs', version: '1' }
const CAPABILITIES = { elicitation: {}, sampling: {}, roots: {} }
export const PERSON = { action: 'accept' as const, content: { name: 'Ada' } }
export const CAPITAL = {
  role: 'assistant' as const,
  content: { type: 'text' as const, text: 'Paris' },
  model: 'none',
}
export const ROOTS = { roots: [{ uri: 'file:///pairs' }] }
const LOG_LEVEL = 'io.modelcontextprotocol/logLevel'
const GREET = { type: 'ref/prompt' as const, name: 'greet' }
/** The last log message may overtake nothing, but it travels on its own. */
const LOG_MS = 50

function openCuttableFetch() {
  let controller = new AbortController()
  return {
    fetch: (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
      const signals = [
        controller.signal,
        ...(init.signal === undefined || init.signal === null ? [] : [init.signal]),
      ]
      return fetch(url, { ...init, signal: AbortSignal.any(signals) })
    },
    cut: () => {
      controller.abort()
      controller = new AbortController()
    },
  }
}

export function render(result: Readonly<Record<string, unknown>>): Outcome {
  const content = result['content'] as readonly { readonly text?: string }[]
  return { text: content.map((item) => item.text ?? '').join(), isError: result['isError'] === true }
}

export async function connectV1(endpoint: string, token: string, bare: boolean): Promise<PairClient> {
  const client = new ClientV1(INFO, { capabilities: bare ? {} : CAPABILITIES })
  if (!bare) {
    client.setRequestHandler(ElicitRequestSchema, () => PERSON)
    client.setRequestHandler(CreateMessageRequestSchema, () => CAPITAL)
    client.setRequestHandler(ListRootsRequestSchema, () => ROOTS)
  }
  const { fetch, cut } = openCuttableFetch()
  const transport = new TransportV1(new URL(endpoint), {
    fetch,
    requestInit: { headers: { Authorization: `Bearer ${token}` } },
  })
  await client.connect(transport as Parameters<typeof client.connect>[0])
  return {
    revision: transport.protocolVersion ?? '',
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    async call(name, args = {}, { onProgress, signal } = {}) {
      const result = await client.callTool({ name, arguments: args }, undefined, {
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onprogress: ({ progress }) => onProgress(progress) }),
      })
      return render(result)
    },
    async callForLogs(name) {
      const logs: string[] = []
      client.setNotificationHandler(
        LoggingMessageNotificationSchema,
        ({ params }) => void logs.push(String(params.data)),
      )
      await client.setLoggingLevel('info')
      await client.callTool({ name, arguments: {} })
      await sleep(LOG_MS)
      return logs
    },
    async read(uri) {
      const [first] = (await client.readResource({ uri })).contents
      return first !== undefined && 'text' in first ? first.text : ''
    },
    async complete(value) {
      return (await client.complete({ ref: GREET, argument: { name: 'name', value } })).completion.values
    },
    async watchTools() {
      let seen = 0
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => void seen++)
      await sleep(LOG_MS)
      return { seen: () => seen, stop: () => Promise.resolve() }
    },
    async watchResource(uri) {
      let seen = 0
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, () => void seen++)
      await client.subscribeResource({ uri })
      return { seen: () => seen, stop: async () => void (await client.unsubscribeResource({ uri })) }
    },
    cut,
    close: async () => {
      await transport.terminateSession().catch(() => undefined)
      await client.close()
    },
  }
}

export type Mode = 'legacy' | 'auto' | { readonly pin: string }

export async function connectV2(
  endpoint: string,
  token: string,
  bare: boolean,
  mode: Mode,
): Promise<PairClient> {
  const client = new Client(INFO, {
    capabilities: bare ? {} : CAPABILITIES,
    versionNegotiation: { mode },
  })
  if (!bare) {
    client.setRequestHandler('elicitation/create', () => PERSON)
    client.setRequestHandler('sampling/createMessage', () => CAPITAL)
    client.setRequestHandler('roots/list', () => ROOTS)
  }
  const { fetch, cut } = openCuttableFetch()
  const transport = new StreamableHTTPClientTransport(new URL(endpoint), {
    fetch,
    requestInit: { headers: { Authorization: `Bearer ${token}` } },
  })
  await client.connect(transport)
  const revision = client.getNegotiatedProtocolVersion() ?? ''
  const isModern = revision >= '2026-07-28'

  const watch = async (uri?: string): Promise<Watch> => {
    let seen = 0
    if (uri === undefined)
      client.setNotificationHandler('notifications/tools/list_changed', () => void seen++)
    else client.setNotificationHandler('notifications/resources/updated', () => void seen++)
    if (isModern) {
      const filter = uri === undefined ? { toolsListChanged: true } : { resourceSubscriptions: [uri] }
      const subscription = await client.listen(filter)
      return { seen: () => seen, stop: () => subscription.close() }
    }
    if (uri === undefined) await sleep(LOG_MS)
    else await client.subscribeResource({ uri })
    const stop = async () =>
      uri === undefined ? undefined : void (await client.unsubscribeResource({ uri }))
    return { seen: () => seen, stop }
  }

  return {
    revision,
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    async call(name, args = {}, { onProgress, signal } = {}) {
      const result = await client.callTool(
        { name, arguments: args },
        {
          ...(signal === undefined ? {} : { signal }),
          ...(onProgress === undefined ? {} : { onprogress: ({ progress }) => onProgress(progress) }),
        },
      )
      return render(result)
    },
    async callForLogs(name) {
      const logs: string[] = []
      client.setNotificationHandler(
        'notifications/message',
        ({ params }) => void logs.push(String(params.data)),
      )
      if (!isModern) await client.setLoggingLevel('info')
      await client.callTool({ name, arguments: {}, ...(isModern ? { _meta: { [LOG_LEVEL]: 'info' } } : {}) })
      await sleep(LOG_MS)
      return logs
    },
    async read(uri) {
      const [first] = (await client.readResource({ uri })).contents
      return first !== undefined && 'text' in first ? first.text : ''
    },
    async complete(value) {
      return (await client.complete({ ref: GREET, argument: { name: 'name', value } })).completion.values
    },
    watchTools: () => watch(),
    watchResource: (uri) => watch(uri),
    cut,
    close: async () => {
      if (!isModern) await transport.terminateSession().catch(() => undefined)
      await client.close()
    },
  }
}
