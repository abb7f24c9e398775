/** A server of 2026-07-28 as data, for the gateway: what it says of itself, and plain answers to what it is asked. */
import type { Json, JsonObject } from '../../src/domain/json.ts'
import type { ServerTraits } from '../../src/domain/server-traits.ts'
import type { Asked } from './upstreams.ts'
import { SHARED } from './traits.ts'

export const MODERN_TRAITS: ServerTraits = { ...SHARED, eras: ['modern'] }

const META = 'io.modelcontextprotocol'
const INFO = { [`${META}/serverInfo`]: { name: 'modern', version: '2' } }

/** In the shape that the runtime gives a discover result. */
export const DISCOVERED: JsonObject = {
  capabilities: {
    tools: { listChanged: true },
    prompts: {},
    resources: { subscribe: true },
    completions: {},
    logging: {},
    extensions: { [`${META}/tasks`]: {} },
  },
  serverInfo: { name: 'modern', version: '2' },
  instructions: 'Ask.',
}

const TOOLS: readonly JsonObject[] = [
  { name: 'echo', inputSchema: { type: 'object' } },
  { name: 'wait', inputSchema: { type: 'object' } },
  {
    name: 'count',
    inputSchema: { type: 'object' },
    outputSchema: { type: 'array', items: { $ref: '#/$defs/n' }, $defs: { n: { type: 'integer' } } },
  },
  {
    name: 'odd',
    inputSchema: { type: 'object' },
    outputSchema: { anyOf: [{ type: 'object' }, { type: 'null' }] },
  },
  {
    name: 'region',
    inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
  },
]

const complete = (result: JsonObject): JsonObject => ({ resultType: 'complete', ...result, _meta: INFO })
const cached = (result: JsonObject): JsonObject => complete({ ...result, ttlMs: 5000, cacheScope: 'public' })
const say = (text: string): JsonObject => complete({ content: [{ type: 'text', text }] })

/** Answers at once, except tools/call of `wait`, which stays in `asked`. Subscriptions are honoured but for `no:…`. */
export function answerModern(asked: Asked): void {
  const { method, params } = asked
  if (method === 'subscriptions/listen') return acknowledge(asked)
  if (method === 'tools/call') return call(asked)
  if (method === 'tools/list') return asked.respond(cached({ tools: TOOLS }))
  if (method === 'prompts/list') return asked.respond(cached({ prompts: [] }))
  if (method === 'resources/list') return asked.respond(cached({ resources: [] }))
  if (method === 'resources/templates/list') return asked.respond(cached({ resourceTemplates: [] }))
  if (method === 'resources/read')
    return asked.fail(-32602, 'No such resource', { uri: params?.['uri'] ?? null })
  if (method === 'completion/complete') return asked.respond(complete({ completion: { values: ['a'] } }))
  asked.fail(-32601, 'Method not found')
}

function acknowledge(asked: Asked): void {
  const { id, params } = asked
  const wanted = params?.['notifications'] as JsonObject
  const uris = (wanted['resourceSubscriptions'] as string[] | undefined)?.filter(
    (uri) => !uri.startsWith('no:'),
  )
  const notifications = { ...wanted, ...(uris === undefined ? {} : { resourceSubscriptions: uris }) }
  asked.notify('notifications/subscriptions/acknowledged', {
    notifications,
    _meta: { [`${META}/subscriptionId`]: id },
  })
}

function call(asked: Asked): void {
  const { params } = asked
  const meta = params?.['_meta'] as JsonObject
  const capabilities = meta[`${META}/clientCapabilities`] as JsonObject
  switch (params?.['name']) {
    case 'wait':
      return
    case 'count':
      return asked.respond(complete({ content: [], structuredContent: [1, 2] }))
    case 'capabilities':
      return asked.respond(say(JSON.stringify(capabilities)))
    case 'meta':
      return asked.respond(say(JSON.stringify(meta)))
    case 'needs_sampling':
      if (capabilities['sampling'] === undefined)
        return asked.fail(-32021, 'Sampling is needed', { requiredCapabilities: { sampling: {} } })
      return asked.respond(say('sampled'))
    case 'ask':
      return ask(asked)
    default:
      return asked.respond(say(JSON.stringify((params?.['arguments'] as JsonObject | undefined) ?? null)))
  }
}

/** Two rounds: a name by form, then what kind of client it is by whatever it can do. */
function ask(asked: Asked): void {
  const { params } = asked
  const responses = params?.['inputResponses'] as JsonObject | undefined
  const state: Json = params?.['requestState'] ?? null
  if (responses === undefined)
    return asked.respond({
      resultType: 'input_required',
      inputRequests: {
        who: {
          method: 'elicitation/create',
          params: { mode: 'form', message: 'Who?', requestedSchema: { type: 'object', properties: {} } },
        },
      },
      requestState: ' exact "bytes" ü',
    })
  if (state === ' exact "bytes" ü')
    return asked.respond({
      resultType: 'input_required',
      inputRequests: { roots: { method: 'roots/list' } },
      requestState: JSON.stringify(responses['who'] ?? null),
    })
  asked.respond(say(JSON.stringify({ state, roots: responses['roots'] ?? null })))
}
