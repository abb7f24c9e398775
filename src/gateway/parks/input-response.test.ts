import { describe, expect, it } from 'vitest'
import { parseInputResponse } from './input-response.ts'

const elicit = { method: 'elicitation/create' } as const
const sample = { method: 'sampling/createMessage', params: {} } as const
const roots = { method: 'roots/list' } as const
const MESSAGE = { role: 'assistant', content: { type: 'text', text: 'hi' }, model: 'm' }

describe('answers of clients', () => {
  it.each([
    [elicit, { action: 'decline' }],
    [elicit, { action: 'accept', content: { a: 'x', b: 1, c: true, d: ['y'] }, _meta: { k: 1 } }],
    [sample, MESSAGE],
    [sample, { ...MESSAGE, stopReason: 'endTurn', extra: 1 }],
    [roots, { roots: [] }],
    [roots, { roots: [{ uri: 'file:///a', name: 'a' }] }],
  ])('pass as they are: %j %j', (request, answer) => {
    expect(parseInputResponse(request, answer)).toEqual(answer)
  })

  it.each([
    [elicit, null],
    [elicit, []],
    [elicit, {}],
    [elicit, { action: 'yes' }],
    [elicit, { action: 'accept', content: { a: {} } }],
    [elicit, { action: 'accept', content: { a: null } }],
    [elicit, { action: 'accept', content: 'x' }],
    [elicit, { method: 'elicitation/create', result: { action: 'accept' } }],
    [elicit, MESSAGE],
    [sample, { action: 'accept' }],
    [sample, { ...MESSAGE, content: { type: 'text' } }],
    [sample, { ...MESSAGE, content: 'hi' }],
    [sample, { ...MESSAGE, role: 'system' }],
    [sample, { ...MESSAGE, model: undefined }],
    [roots, { roots: [{ uri: 'https://a.example' }] }],
    [roots, { roots: {} }],
  ])('R74: are refused in any other shape: %j %j', (request, answer) => {
    expect(parseInputResponse(request, answer)).toBeNull()
  })

  it('lose what an earlier server cannot read', () => {
    expect(parseInputResponse(elicit, { resultType: 'complete', action: 'cancel', content: null })).toEqual({
      action: 'cancel',
    })
    const list = { ...MESSAGE, content: [{ type: 'text', text: 'hi' }] }
    expect(parseInputResponse(sample, list)).toEqual(MESSAGE)
    expect(parseInputResponse({ ...sample, params: { tools: [] } }, list)).toEqual(list)
  })
})
