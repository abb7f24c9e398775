import { describe, expect, it } from 'vitest'
import { edit, listForeign, nest, parseDocument } from './settings.ts'

const BASE = { max_restarts: 5, tags: ['a'], port: null, 'resource_limits.memory_mb': 256 }

describe('edits of settings', () => {
  it('forget what is as it was', () => {
    const once = edit(BASE, {}, 'max_restarts', 7)
    expect(once).toEqual({ max_restarts: 7 })
    expect(edit(BASE, once, 'max_restarts', 5)).toEqual({})
    expect(edit(BASE, {}, 'tags', ['a'])).toEqual({})
  })

  it('become the patch that the platform takes', () => {
    expect(
      nest({ 'resource_limits.memory_mb': 512, 'environment.CITY': 'Bern', 'environment.OLD': null }),
    ).toEqual({ resource_limits: { memory_mb: 512 }, environment: { CITY: 'Bern', OLD: null } })
  })

  it('are read from the JSON view: what it leaves out stays, and variables are kept', () => {
    const edits = { 'environment.CITY': 'Bern' }
    const text = '{ "max_restarts": 9, "resource_limits": { "memory_mb": 256 } }'
    expect(parseDocument(BASE, edits, text)).toEqual({ 'environment.CITY': 'Bern', max_restarts: 9 })
  })

  it.each([
    ['[]', 'one object'],
    ['{ "max_restart": 1 }', '"max_restart" is no setting'],
    ['{ "resource_limits": { "memory": 1 } }', '"resource_limits.memory" is no setting'],
    ['{', ''],
  ])('are not read from %s', (text, message) => {
    expect(() => parseDocument(BASE, {}, text)).toThrow(SyntaxError)
    expect(() => parseDocument(BASE, {}, text)).toThrow(message)
  })

  it('know what somebody else changed', () => {
    expect(listForeign(BASE, { ...BASE, max_restarts: 3, tags: ['a', 'b'] })).toEqual([
      'max_restarts',
      'tags',
    ])
  })
})
