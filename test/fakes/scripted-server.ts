/** A handshake server as data: what it says in `initialize`, and plain answers to everything but `wait`. */
import type { Json, JsonObject } from '../../src/domain/json.ts'
import type { Asked } from './upstreams.ts'

export const INITIALIZE_RESULT: JsonObject = {
  protocolVersion: '2025-11-25',
  capabilities: {
    tools: { listChanged: true },
    prompts: {},
    resources: { subscribe: true, listChanged: true },
    logging: {},
    tasks: { list: {} },
  },
  serverInfo: { name: 'scripted', version: '9', title: 'Scripted', icons: [{ src: 'data:,' }] },
  instructions: 'Ask.',
}

const TOOLS: readonly JsonObject[] = [
  { name: 'echo', title: 'Echo', inputSchema: { type: 'object' }, execution: { taskSupport: 'optional' } },
  { name: 'wait', inputSchema: { type: 'object' } },
  {
    name: 'region',
    inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
  },
]

/** Answers at once, except tools/call of `wait`, which stays in `asked`. */
export function answerPlainly(asked: Asked): void {
  const { method, params } = asked
  if (method === 'tools/call' && params?.['name'] === 'wait') return
  if (method === 'resources/read') return asked.fail(-32002, 'Resource not found')
  if (method === 'prompts/get') return asked.fail(-32042, 'Url elicitation required')
  asked.respond(ANSWERS.get(method)?.(params) ?? {})
}

const ANSWERS = new Map<string, (params: JsonObject | undefined) => JsonObject>([
  ['tools/list', () => ({ tools: TOOLS })],
  ['tools/call', (params) => ({ content: [{ type: 'text', text: readMessage(params?.['arguments']) }] })],
  ['prompts/list', () => ({ prompts: [] })],
  ['resources/list', () => ({ resources: [] })],
  ['resources/templates/list', () => ({ resourceTemplates: [] })],
])

function readMessage(args: Json | undefined): string {
  return JSON.stringify((args as JsonObject | undefined)?.['message'] ?? null)
}
