import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../domain/json.ts'
import { scanParamHeaders } from '../domain/param-headers.ts'
import { findParamFault } from './param-headers.ts'

const object = (properties: JsonObject): JsonObject => ({ type: 'object', properties })
const text = (header: string): JsonObject => ({ type: 'string', 'x-mcp-header': header })

describe('scanParamHeaders', () => {
  it('R26: finds declarations at any depth, through properties only', () => {
    const schema = object({ region: text('Region'), where: object({ zone: text('Zone') }) })
    const scan = scanParamHeaders(schema)
    expect(
      scan.kind === 'valid' ? scan.declarations.toSorted((a, b) => a.header.localeCompare(b.header)) : scan,
    ).toEqual([
      { path: ['region'], header: 'Region', type: 'string' },
      { path: ['where', 'zone'], header: 'Zone', type: 'string' },
    ])
    expect(scanParamHeaders(undefined)).toEqual({ kind: 'valid', declarations: [] })
  })

  it.each<[string, JsonObject]>([
    ['under items', { type: 'array', items: object({ a: text('A') }) }],
    ['under anyOf', { anyOf: [object({ a: text('A') })] }],
    ['under $defs', { $defs: { d: object({ a: text('A') }) } }],
    ['at the root', text('A')],
    ['with a space in its name', object({ a: text('A B') })],
    ['without a name', object({ a: text('') })],
    ['on an object', object({ a: { type: 'object', 'x-mcp-header': 'A' } })],
    ['twice, ignoring case', object({ a: text('A'), b: text('a') })],
  ])('R28: refuses one %s', (_name, schema) => {
    expect(scanParamHeaders(schema).kind).toBe('invalid')
  })

  it('does not walk a schema without end', () => {
    const wide = object(Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`p${n}`, {}])))
    expect(scanParamHeaders(wide)).toEqual({
      kind: 'invalid',
      reason: 'the schema has more than 10000 nodes',
    })
  })
})

describe('findParamFault', () => {
  const check = (type: string, value: Json, header?: string) =>
    findParamFault(
      [{ path: ['a', 'b'], header: 'Ab', type }],
      { a: { b: value } },
      header === undefined ? {} : { 'mcp-param-ab': header },
    )?.error.code ?? null

  it('R26: an argument needs its header, null and objects need none', () => {
    expect(check('string', 'x')).toBe(-32020)
    expect(check('string', null)).toBeNull()
    expect(check('string', {})).toBeNull()
    expect(findParamFault([{ path: ['__proto__'], header: 'P', type: 'string' }], {}, {})).toBeNull()
  })

  it('R26: compares decoded text, integers as numbers, booleans as words', () => {
    expect(check('string', 'ü', '=?base64?w7w=?=')).toBeNull()
    expect(check('string', 'x', 'X')).toBe(-32020)
    expect(check('integer', 42, '42.0')).toBeNull()
    expect(check('integer', 42, '43')).toBe(-32020)
    expect(check('string', '42', '42.0')).toBe(-32020)
    expect(check('boolean', true, 'true')).toBeNull()
    expect(check('boolean', true, 'True')).toBe(-32020)
  })
})
