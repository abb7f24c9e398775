/** A handshake server as data whose tools, prompt and resource need something of the client first. */
import type { JsonObject } from '../../src/domain/json.ts'
import { INITIALIZE_RESULT } from './scripted-server.ts'
import type { Asked } from './upstreams.ts'

export const ASKING = INITIALIZE_RESULT

const tool = (name: string, annotations?: JsonObject): JsonObject => ({
  name,
  inputSchema: { type: 'object' },
  ...(annotations === undefined ? {} : { annotations }),
})
const TOOLS = [
  tool('two'),
  tool('together'),
  tool('read', { readOnlyHint: true }),
  tool('write'),
  tool('sign_in'),
  tool('roots'),
  tool('tools'),
  tool('late'),
  tool('plain'),
]

export const form = (message: string): JsonObject => ({
  message,
  requestedSchema: { type: 'object', properties: { value: { type: 'string' } } },
})
export const SAMPLE: JsonObject = {
  messages: [{ role: 'user', content: { type: 'text', text: 'what?' } }],
  maxTokens: 5,
}
export const text = (value: string): JsonObject => ({ content: [{ type: 'text', text: value }] })

export function answerAsking(asked: Asked): void {
  const { method, params } = asked
  if (method === 'tools/list') return asked.respond({ tools: TOOLS })
  if (method === 'tools/call') return void call(asked, params?.['name'] as string)
  if (method === 'prompts/get') {
    return void elicit(asked, 'prompt').then((value) =>
      asked.respond({ messages: [{ role: 'user', content: { type: 'text', text: value } }] }),
    )
  }
  if (method === 'resources/read') {
    return void elicit(asked, 'resource').then((value) =>
      asked.respond({ contents: [{ uri: 'test://a', text: value }] }),
    )
  }
  asked.respond({ prompts: [], resources: [], resourceTemplates: [] })
}

async function call(asked: Asked, name: string): Promise<void> {
  switch (name) {
    case 'two': {
      const { tag } = (asked.params?.['arguments'] ?? {}) as { tag?: string }
      const first = await elicit(asked, `${tag}: first`)
      return asked.respond(text(`${tag}: ${first} ${await elicit(asked, `${tag}: second after ${first}`)}`))
    }
    case 'together': {
      const answers = await Promise.all([
        asked.push('elicitation/create', form('one')),
        asked.push('sampling/createMessage', SAMPLE),
        asked.push('roots/list'),
      ])
      return asked.respond(text(JSON.stringify(answers.map(({ result, error }) => result ?? error))))
    }
    case 'read':
    case 'write':
      asked.progress(1)
      return asked.respond(text(await elicit(asked, 'sure?')))
    case 'sign_in':
      return asked.fail(-32042, 'Sign in first', {
        elicitations: [{ mode: 'url', message: 'Sign in', url: 'https://a.example/', elicitationId: 'e' }],
      })
    case 'roots':
      return asked.respond(text(JSON.stringify(await asked.push('roots/list'))))
    case 'tools': {
      const tools = [{ name: 'add', inputSchema: { type: 'object' } }]
      return asked.respond(
        text(JSON.stringify(await asked.push('sampling/createMessage', { ...SAMPLE, tools }))),
      )
    }
    // Answers only when the test says so.
    case 'late':
      return void elicit(asked, 'late?')
    default:
      return asked.respond(text('plain'))
  }
}

/** The value that came back, or what came instead. */
async function elicit(asked: Asked, message: string): Promise<string> {
  const { result, error } = await asked.push('elicitation/create', form(message))
  const { content, action } = (result ?? {}) as { content?: { value: string }; action?: string }
  return content?.value ?? action ?? JSON.stringify(error)
}
