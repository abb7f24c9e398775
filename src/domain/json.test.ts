import { describe, expect, it } from 'vitest'
import { isNestedBeyond } from './json.ts'

describe('isNestedBeyond', () => {
  it('counts objects and arrays, and nothing inside strings', () => {
    expect(isNestedBeyond('[[[]]]'.padEnd(20), 3)).toBe(false)
    expect(isNestedBeyond('[[[]]]'.padEnd(20), 2)).toBe(true)
    expect(isNestedBeyond('{"a":{"b":{}}}'.padEnd(20), 2)).toBe(true)
    expect(isNestedBeyond('["[[[[[[","\\"[[[[[","\\\\"]'.padEnd(30), 1)).toBe(false)
    expect(isNestedBeyond('["\\\\",[[]]]'.padEnd(30), 2)).toBe(true)
  })

  it('does not let a text that is too short to be deep cost anything', () => {
    expect(isNestedBeyond('[[]]', 2)).toBe(false)
  })
})
