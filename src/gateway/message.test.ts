import { describe, expect, it } from 'vitest'
import { parseMessage, readId } from './message.ts'

describe('parseMessage', () => {
  it('tells requests, notifications and responses apart', () => {
    expect(parseMessage({ jsonrpc: '2.0', id: 'a', method: 'm', params: { x: 1 } })).toEqual({
      kind: 'request',
      id: 'a',
      method: 'm',
      params: { x: 1 },
    })
    expect(parseMessage({ jsonrpc: '2.0', method: 'm' })).toMatchObject({ kind: 'notification' })
    expect(parseMessage({ jsonrpc: '2.0', id: 1, result: {} })).toMatchObject({ kind: 'response', id: 1 })
  })

  it('refuses an id that is null, fractional or beyond exact integers (R36)', () => {
    for (const id of [null, 1.5, 2 ** 53, true, {}]) {
      expect(parseMessage({ jsonrpc: '2.0', id, method: 'm' })).toBeNull()
    }
  })
})

describe('readId', () => {
  it('echoes only what is an id', () => {
    expect([{ id: 1 }, { id: 'a' }, { id: null }, [], null].map(readId)).toEqual([
      1,
      'a',
      undefined,
      undefined,
      undefined,
    ])
  })
})
