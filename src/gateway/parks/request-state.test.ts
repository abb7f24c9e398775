import { describe, expect, it } from 'vitest'
import { createStateSeal } from '../../store/secrets/state-seal.ts'
import { digestRequest } from './digest-request.ts'
import { parseRequestState, renderRequestState, type RequestState } from './request-state.ts'

const seal = createStateSeal(Buffer.alloc(32, 7))
const STATE: RequestState = {
  kind: 'park',
  handle: 'h',
  serial: 's',
  principal: 'token:tok_a',
  server: 'srv_a',
  request: 'd',
  expires: 5,
  asked: { req_1: 'q' },
}

describe('a request state', () => {
  it('R75: says nothing to the client, and comes back whole or not at all', () => {
    const text = renderRequestState(seal, STATE)
    expect(Buffer.from(text, 'base64url').toString('latin1')).not.toContain('tok_a')
    expect(parseRequestState(seal, text)).toEqual(STATE)
    expect(parseRequestState(seal, `${text}A`)).toBeNull()
    expect(parseRequestState(createStateSeal(Buffer.alloc(32, 8)), text)).toBeNull()
  })

  it.each([[undefined], [null], [1], [{}], [''], ['A'.repeat(20_000)]])('R75: %j is none', (text) => {
    expect(parseRequestState(seal, text)).toBeNull()
  })

  it('R75: what was sealed here for something else, or is of another shape, is none', () => {
    expect(parseRequestState(seal, seal.seal(JSON.stringify(STATE), 'park'))).toBeNull()
    for (const text of ['no JSON', '[]', JSON.stringify({ ...STATE, kind: 'other' })]) {
      expect(parseRequestState(seal, seal.seal(text, 'requestState'))).toBeNull()
    }
  })
})

describe('the digest of a request', () => {
  const params = { name: 'a', arguments: { x: 1, y: [2] } }
  const base = digestRequest('tools/call', params)

  it('R73: is the same for a retry, whatever the order of members', () => {
    const retry = {
      arguments: { y: [2], x: 1 },
      name: 'a',
      _meta: { progressToken: 9 },
      inputResponses: { req_1: {} },
      requestState: 's',
    }
    expect(digestRequest('tools/call', retry)).toBe(base)
  })

  it.each([
    ['another tool', 'tools/call', { ...params, name: 'b' }],
    ['another argument', 'tools/call', { ...params, arguments: { x: 1, y: [3] } }],
    ['more', 'tools/call', { ...params, z: 1 }],
    ['another method', 'prompts/get', params],
    ['nothing', 'tools/call', undefined],
  ])('R75: differs for %s', (_what, method, other) => {
    expect(digestRequest(method, other)).not.toBe(base)
  })

  it('exists for text that has no canonical form', () => {
    const odd = { name: '\ud800' }
    expect(digestRequest('tools/call', odd)).toBe(digestRequest('tools/call', { ...odd }))
  })
})
