import { describe, expect, it } from 'vitest'
import { isTooDeep, parseMessage, readId } from './message.ts'

describe('isTooDeep', () => {
  const deep = (text: string, limit: number) => isTooDeep(Buffer.from(text), limit)

  it('counts objects and arrays, and nothing inside strings', () => {
    expect(deep('[[[]]]'.padEnd(20), 3)).toBe(false)
    expect(deep('[[[]]]'.padEnd(20), 2)).toBe(true)
    expect(deep('{"a":{"b":{}}}'.padEnd(20), 2)).toBe(true)
    expect(deep('["[[[[[[","\\"[[[[[","\\\\"]'.padEnd(30), 1)).toBe(false)
    expect(deep('["\\\\",[[]]]'.padEnd(30), 2)).toBe(true)
  })

  it('does not let a text that is too short to be deep cost anything', () => {
    expect(deep('[[]]', 2)).toBe(false)
  })
})

describe('parseMessage', () => {
  it('tells requests, notifications and responses apart', () => {
    expect(parseMessage({ jsonrpc: '2.0', id: 'a', method: 'm', params: { x: 1 } })).toEqual({
      kind: 'request',
      id: 'a',
      method: 'm',
      params: { x: 1 },
    })
    expect(parseMessage({ jsonrpc: '2.0', method: 'm' })).toMatchObject({ kind: 'notification' })
    expect(parseMessage({ jsonrpc: '2.0', id: 1, result: {} })).toEqual({ kind: 'response' })
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
