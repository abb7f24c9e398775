import { describe, expect, it } from 'vitest'
import { checkValue } from './check.ts'
import { draftOf, startDraft, valueOf, type Draft } from './draft.ts'
import { describeField } from './field.ts'
import { isSafePattern } from './safe-pattern.ts'
import { SAMPLE_SCHEMAS } from './sample-schemas.ts'
import type { Json, Schema } from './schema.ts'

const start = (schema: Schema) => startDraft(schema, schema)
const read = (schema: Schema, draft: Draft) => valueOf(schema, draft, schema)
const text = (typed: string): Draft => ({ is: 'text', text: typed })

describe('sixty schemas', () => {
  it('are sixty', () => {
    expect(SAMPLE_SCHEMAS).toHaveLength(60)
  })

  it.each(SAMPLE_SCHEMAS.map((sample) => [sample.name, sample] as const))(
    'U-19: %s makes a form that sends exactly what was entered',
    (_, { schema, value, kind }) => {
      expect(describeField(schema, schema).kind).toBe(kind)
      const draft = draftOf(schema, value, schema)
      expect(draft.is).not.toBe('raw')
      const outcome = read(schema, draft)
      expect(outcome.problems).toEqual([])
      expect(outcome.value).toStrictEqual(value)
      expect(checkValue(schema, value)).toEqual({ problems: [], unchecked: [] })
      expect(start(schema)).toBeDefined()
    },
  )
})

describe('what is typed', () => {
  const number: Schema = { type: 'number' }
  it.each<[string, Schema, string, Json | undefined]>([
    ['a number', number, ' 1.50 ', 1.5],
    ['an exponent', number, '1E3', 1000],
    ['a number on its way', number, '1e', undefined],
    ['nothing', number, '', undefined],
    ['hexadecimal', number, '0x10', undefined],
    ['infinity', number, 'Infinity', undefined],
    ['too much', number, '1e999', undefined],
    ['a fraction for an integer', { type: 'integer' }, '1.5', undefined],
    ['an integer with a point', { type: 'integer' }, '2.0', 2],
    ['an integer that a double cannot hold', { type: 'integer' }, '9007199254740993', undefined],
    ['text with blanks at its ends', { type: 'string' }, ' a ', ' a '],
  ])('%s', (_, schema, typed, expected) => {
    const outcome = read(schema, text(typed))
    expect(outcome.value).toBe(expected)
    expect(outcome.problems).toHaveLength(expected === undefined ? 1 : 0)
  })

  it('of a map keeps any name, and says which one stands twice', () => {
    const schema: Schema = { type: 'object', additionalProperties: { type: 'integer' } }
    const entry = (key: string, typed: string) => ({ key, draft: text(typed) })
    const good = read(schema, {
      is: 'fields',
      named: [],
      extra: [entry('__proto__', '1'), entry('toString', '2')],
    })
    expect(JSON.stringify(good.value)).toBe('{"__proto__":1,"toString":2}')
    const twice = read(schema, { is: 'fields', named: [], extra: [entry('a', '1'), entry('a', '2')] })
    expect(twice.problems).toEqual([{ path: '/a', message: 'There is a "a" already.' }])
  })

  it('of a raw field is told where it is no JSON', () => {
    expect(read({}, { is: 'raw', text: '{"a": [1]}' }).value).toEqual({ a: [1] })
    expect(read({}, { is: 'raw', text: '{a}' }).problems[0]?.path).toBe('')
  })

  it('is linked to its field by the path', () => {
    const schema: Schema = {
      type: 'object',
      properties: {
        list: {
          type: 'array',
          items: { type: 'object', properties: { 'a/b': { type: 'integer' } }, required: ['a/b'] },
        },
      },
    }
    const draft: Draft = {
      is: 'fields',
      named: [{ is: 'items', items: [{ is: 'fields', named: [text('x')], extra: [] }] }],
      extra: [],
    }
    expect(read(schema, draft).problems).toEqual([{ path: '/list/0/a~1b', message: 'Is not a number.' }])
  })
})

describe('a new form', () => {
  it('sends nothing that nobody asked for', () => {
    const schema: Schema = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer' } } }
    expect(read(schema, start(schema))).toEqual({ value: {}, problems: [] })
  })

  it('asks for what is required and has no value', () => {
    const schema: Schema = {
      type: 'object',
      properties: { n: { type: 'integer' }, c: { enum: ['x', 'y'] } },
      required: ['n', 'c'],
    }
    expect(read(schema, start(schema)).problems.map(({ path }) => path)).toEqual(['/n', '/c'])
  })

  it('begins with null where null is allowed', () => {
    const schema: Schema = {
      type: 'object',
      properties: { n: { type: ['integer', 'null'] } },
      required: ['n'],
    }
    expect(read(schema, start(schema)).value).toEqual({ n: null })
  })
})

describe('checkValue', () => {
  it.each<[string, Schema, Json, { path: string; message: RegExp }]>([
    [
      'a bound',
      { type: 'object', properties: { n: { minimum: 3 } } },
      { n: 1 },
      { path: '/n', message: /less than 3/ },
    ],
    [
      'a pattern',
      { type: 'object', properties: { s: { pattern: '^a+$' } } },
      { s: 'b' },
      { path: '/s', message: /pattern/ },
    ],
    [
      'a format',
      { type: 'object', properties: { s: { format: 'date' } } },
      { s: 'x' },
      { path: '/s', message: /format/ },
    ],
    [
      'a place in a list',
      { type: 'array', items: { type: 'string' } },
      ['a', 1],
      { path: '/1', message: /type/ },
    ],
    [
      'no variant',
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
      1,
      { path: '', message: /none of the variants/ },
    ],
    [
      'a condition',
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      { if: { required: ['a'] }, then: { required: ['b'] } },
      { a: 1 },
      { path: '', message: /"b"/ },
    ],
    [
      'a name with signs',
      { type: 'object', properties: { 'a/b c': { type: 'string' } } },
      { 'a/b c': 1 },
      { path: '/a~1b c', message: /type/ },
    ],
  ])('names the field and the reason: %s', (_, schema, value, { path, message }) => {
    const { problems } = checkValue(schema, value)
    expect(problems.map((problem) => problem.path)).toEqual([path])
    expect(problems[0]?.message).toMatch(message)
  })
})

describe('hostile schemas', () => {
  const twice = (ref: string): Schema => ({ allOf: [{ $ref: ref }, { $ref: ref }] })
  const double = (count: number): Schema => ({
    $ref: '#/$defs/d0',
    $defs: Object.fromEntries([
      ...Array.from({ length: count }, (_, index) => [`d${index}`, twice(`#/$defs/d${index + 1}`)]),
      [`d${count}`, { type: 'string' }],
    ]),
  })
  const nest = (depth: number): Schema => {
    let schema: Schema = { type: 'string' }
    for (let level = 0; level < depth; level += 1) schema = { type: 'array', items: schema }
    return schema
  }
  const demanding: Schema = {
    type: 'object',
    properties: { me: { $ref: '#' }, also: { $ref: '#' } },
    required: ['me', 'also'],
  }

  it.each<[string, Schema]>([
    ['a reference to itself', { $ref: '#' }],
    [
      'references in a circle',
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
    ],
    ['a circle of allOf', { allOf: [{ $ref: '#' }] }],
    ['references that double', double(30)],
    ['a reference to another document', { $ref: 'https://example.test/schema' }],
    ['a reference to nowhere', { $ref: '#/$defs/none' }],
    ['a reference to what is no schema', { $ref: '#/title', title: 'x' }],
    ['no value at all', false],
    ['an empty enum', { enum: [] }],
    ['a type that there is not', { type: 'wat' }],
    [
      'thousands of properties',
      { properties: Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`p${index}`, true])) },
    ],
    ['thousands of choices', { enum: Array.from({ length: 5000 }, (_, index) => index) }],
    ['a contradiction', { allOf: [{ type: 'string' }, { type: 'integer' }] }],
  ])('%s ends as raw JSON with a reason', (_, schema) => {
    const field = describeField(schema, schema)
    expect(field.kind).toBe('raw')
    expect(field.kind === 'raw' && field.reason).toMatch(/\.$/)
    expect(start(schema)).toEqual({ is: 'raw', text: '' })
    expect(checkValue(schema, 'x')).toBeDefined()
  })

  it('one that demands itself twice, without end, starts with a bounded form', () => {
    const count = (draft: Draft): number =>
      1 + (draft.is === 'fields' ? draft.named.reduce((sum, inner) => sum + count(inner), 0) : 0)
    expect(count(start(demanding))).toBeLessThan(1100)
  })

  it('deep nesting is left to the server', () => {
    expect(checkValue(nest(500), [])).toEqual({
      problems: [],
      unchecked: ['It is nested more than 64 levels deep.'],
    })
    expect(start(nest(40))).toEqual({ is: 'items', items: [] })
  })

  it('what is not a schema where one belongs is passed over', () => {
    const schema = {
      type: 'object',
      properties: { a: 'no', b: null, c: { type: 'string' } },
      required: 'x',
    } as unknown as Schema
    const field = describeField(schema, schema)
    expect(field.kind === 'object' && field.properties.map(({ key }) => key)).toEqual(['c'])
  })

  it.each<[string, boolean]>([
    ['^[a-z]+-[0-9]{2,4}$', true],
    ['^(foo|bar)$', true],
    ['^(?:[a-z]{2})$', true],
    ['(a+)+$', false],
    ['(a|a)*$', false],
    ['(.*)*x', false],
    ['((a{1,9}){1,9}){1,9}', false],
    ['^(\\w+\\s?)*$', false],
    ['(a)\\1+', false],
    ['[', false],
    ['a{1,100000}', false],
    ['a*a*a*a*a*a*b', false],
  ])('the pattern %s is run here: %s', (pattern, expected) => {
    expect(isSafePattern(pattern)).toBe(expected)
  })

  it('a pattern that is not run is said', () => {
    expect(checkValue({ type: 'string', pattern: '(a+)+$' }, `${'a'.repeat(40)}!`)).toEqual({
      problems: [],
      unchecked: ['The pattern (a+)+$'],
    })
  })
})
