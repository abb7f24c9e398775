import { describe, expect, it } from 'vitest'
import { buildInputRequest } from './input-request.ts'

const FORM = { message: 'Name?', requestedSchema: { type: 'object', properties: {} } }
const URL_MODE = { mode: 'url', message: 'Sign in', url: 'https://a.example/x', elicitationId: 'e1' }
const SAMPLE = { messages: [{ role: 'user', content: { type: 'text', text: 'hi' } }], maxTokens: 10 }
const NONE = { code: -32601, message: 'The client declared no capability for this method' }

describe('what is put to a client', () => {
  it('R71: is method and params, without ids of other hops', () => {
    const params = { ...FORM, _meta: { progressToken: 1 }, task: { ttl: 1 } }
    expect(buildInputRequest('elicitation/create', params, 'elicitation.form')).toEqual({
      kind: 'ask',
      request: { method: 'elicitation/create', params: FORM },
    })
    expect(buildInputRequest('roots/list', { _meta: {} }, 'roots')).toEqual({
      kind: 'ask',
      request: { method: 'roots/list' },
    })
    expect(buildInputRequest('elicitation/create', URL_MODE, 'elicitation.url')).toEqual({
      kind: 'ask',
      request: {
        method: 'elicitation/create',
        params: { mode: 'url', message: 'Sign in', url: 'https://a.example/x' },
      },
    })
  })

  it.each([
    ['elicitation/create', FORM, 'roots+sampling', NONE],
    ['sampling/createMessage', SAMPLE, 'elicitation.form+roots', NONE],
    ['roots/list', undefined, 'sampling', NONE],
    ['tasks/list', undefined, 'elicitation.form+roots+sampling', NONE],
    ['elicitation/create', URL_MODE, 'elicitation.form', { code: -32602 }],
    ['elicitation/create', FORM, 'elicitation.url', { code: -32602 }],
    ['sampling/createMessage', { ...SAMPLE, tools: [] }, 'sampling', { code: -32602 }],
    ['sampling/createMessage', { ...SAMPLE, toolChoice: {} }, 'sampling', { code: -32602 }],
  ])('R72: is nothing that the request did not declare: %s %j for %s', (method, params, declared, error) => {
    expect(buildInputRequest(method, params, declared)).toMatchObject({ kind: 'refuse', error })
  })

  it('R72: sampling with tools needs them declared', () => {
    const params = { ...SAMPLE, tools: [{ name: 'a', inputSchema: { type: 'object' } }] }
    expect(buildInputRequest('sampling/createMessage', params, 'sampling+sampling.tools')).toEqual({
      kind: 'ask',
      request: { method: 'sampling/createMessage', params },
    })
  })

  it.each([
    ['elicitation/create', { ...FORM, message: 1 }],
    ['elicitation/create', { message: 'a' }],
    ['elicitation/create', { mode: 'url', message: 'a', url: 'no url' }],
    ['sampling/createMessage', { ...SAMPLE, messages: 'a' }],
    ['sampling/createMessage', { ...SAMPLE, messages: [1] }],
    ['sampling/createMessage', { ...SAMPLE, maxTokens: '9' }],
  ])('is nothing that no client could read: %s %j', (method, params) => {
    const declared = 'elicitation.form+elicitation.url+sampling'
    expect(buildInputRequest(method, params, declared)).toMatchObject({
      kind: 'refuse',
      error: { code: -32602 },
    })
  })
})
