/** Sixty schemas as tools have them, each with a value that a person enters and what its form consists of. */
import type { FieldKind } from './field.ts'
import type { Json, Schema } from './schema.ts'

export type Sample = {
  readonly name: string
  readonly schema: Schema
  /** What is entered, and has to be sent: the same, of the same types. */
  readonly value: Json
  /** The kind of the outermost field. */
  readonly kind: FieldKind
}

const object = (
  properties: { readonly [key: string]: Json },
  more: { readonly [key: string]: Json } = {},
): Schema => ({
  type: 'object',
  properties,
  ...more,
})
const sample = (name: string, kind: FieldKind, schema: Schema, value: Json): Sample => ({
  name,
  kind,
  schema,
  value,
})

const TREE = {
  type: 'object',
  properties: { root: { $ref: '#/$defs/node' } },
  required: ['root'],
  $defs: {
    node: {
      type: 'object',
      properties: { label: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
      required: ['label'],
    },
  },
} as const

export const SAMPLE_SCHEMAS: readonly Sample[] = [
  // Scalars
  sample('a string', 'object', object({ city: { type: 'string' } }, { required: ['city'] }), {
    city: 'Bern',
  }),
  sample('digits stay text', 'object', object({ zip: { type: 'string' } }), { zip: '03012' }),
  sample('an empty string', 'object', object({ text: { type: 'string' } }, { required: ['text'] }), {
    text: '',
  }),
  sample('a word that is a literal', 'object', object({ word: { type: 'string' } }), { word: 'null' }),
  sample('an integer', 'object', object({ count: { type: 'integer', minimum: 0, maximum: 10 } }), {
    count: 7,
  }),
  sample('zero', 'object', object({ count: { type: 'integer' } }), { count: 0 }),
  sample('a negative number', 'object', object({ at: { type: 'number' } }), { at: -12.5 }),
  sample('an exponent', 'object', object({ tiny: { type: 'number' } }), { tiny: 1e-7 }),
  sample('true', 'object', object({ deep: { type: 'boolean' } }, { required: ['deep'] }), { deep: true }),
  sample('false is sent', 'object', object({ deep: { type: 'boolean' } }, { required: ['deep'] }), {
    deep: false,
  }),
  sample('null alone', 'object', object({ nothing: { type: 'null' } }, { required: ['nothing'] }), {
    nothing: null,
  }),
  sample('a list of one type', 'object', object({ name: { type: ['string'] } }), { name: 'x' }),
  // Optional and defaults
  sample('nothing at all', 'object', { type: 'object' }, {}),
  sample(
    'an optional that is left out',
    'object',
    object({ a: { type: 'string' }, b: { type: 'string' } }, { required: ['a'] }),
    { a: 'x' },
  ),
  sample('a default', 'object', object({ limit: { type: 'integer', default: 20 } }), { limit: 20 }),
  sample('a default that is changed', 'object', object({ limit: { type: 'integer', default: 20 } }), {
    limit: 5,
  }),
  sample(
    'a default of a list',
    'object',
    object({ tags: { type: 'array', items: { type: 'string' }, default: ['a', 'b'] } }),
    { tags: ['a', 'b'] },
  ),
  sample(
    'a required property nobody describes',
    'object',
    { type: 'object', required: ['x'] },
    { x: { y: [1, '1'] } },
  ),
  // Choices
  sample('an enum', 'object', object({ unit: { enum: ['celsius', 'fahrenheit'] } }), { unit: 'fahrenheit' }),
  sample('an enum of numbers', 'object', object({ size: { type: 'integer', enum: [1, 2, 4] } }), { size: 4 }),
  sample('an enum that mixes 1 and "1"', 'object', object({ mixed: { enum: ['1', 1, true, null] } }), {
    mixed: 1,
  }),
  sample('an enum with null', 'object', object({ mixed: { enum: ['a', null] } }), { mixed: null }),
  sample('an enum of objects', 'object', object({ point: { enum: [{ x: 1 }, { x: 2 }] } }), {
    point: { x: 2 },
  }),
  sample(
    'a constant',
    'object',
    object({ kind: { const: 'circle' }, r: { type: 'number' } }, { required: ['kind'] }),
    { kind: 'circle', r: 2 },
  ),
  sample(
    'constants with titles',
    'object',
    object({
      level: {
        oneOf: [
          { const: 0, title: 'Low' },
          { const: 9, title: 'High' },
        ],
      },
    }),
    { level: 9 },
  ),
  // Nullable and unions
  sample('nullable text, set', 'object', object({ note: { type: ['string', 'null'] } }), { note: 'hi' }),
  sample(
    'nullable text, null',
    'object',
    object({ note: { type: ['string', 'null'] } }, { required: ['note'] }),
    { note: null },
  ),
  sample(
    'nullable by anyOf',
    'object',
    object({ n: { anyOf: [{ type: 'integer' }, { type: 'null' }], default: null, title: 'N' } }),
    { n: 3 },
  ),
  sample('text or number', 'object', object({ id: { type: ['string', 'integer'] } }), { id: 12 }),
  sample('text or number, as text', 'object', object({ id: { type: ['string', 'integer'] } }), { id: '12' }),
  sample(
    'one or many',
    'object',
    object({ to: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] } }),
    { to: ['a', 'b'] },
  ),
  sample(
    'variants told apart by a constant',
    'object',
    object({
      shape: {
        oneOf: [
          {
            type: 'object',
            properties: { kind: { const: 'circle' }, r: { type: 'number' } },
            required: ['kind', 'r'],
          },
          {
            type: 'object',
            properties: { kind: { const: 'box' }, w: { type: 'number' }, h: { type: 'number' } },
            required: ['kind', 'w', 'h'],
          },
        ],
      },
    }),
    { shape: { kind: 'box', w: 2, h: 3 } },
  ),
  sample(
    'variants at the top',
    'union',
    {
      type: 'object',
      oneOf: [
        { properties: { a: { type: 'string' } }, required: ['a'] },
        { properties: { b: { type: 'integer' } }, required: ['b'] },
      ],
    },
    { b: 2 },
  ),
  sample(
    'what all variants share',
    'union',
    {
      type: 'object',
      properties: { id: { type: 'string' } },
      required: ['id'],
      anyOf: [
        { properties: { x: { type: 'number' } }, required: ['x'] },
        { properties: { y: { type: 'number' } }, required: ['y'] },
      ],
    },
    { id: 'q', y: 1.5 },
  ),
  // Lists, tuples, maps
  sample('a list of text', 'object', object({ tags: { type: 'array', items: { type: 'string' } } }), {
    tags: ['x', 'y', 'x'],
  }),
  sample(
    'an empty list',
    'object',
    object({ tags: { type: 'array', items: { type: 'string' } } }, { required: ['tags'] }),
    { tags: [] },
  ),
  sample(
    'a list of numbers',
    'object',
    object({ at: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 3 } }),
    { at: [1, 2.5] },
  ),
  sample(
    'lists in a list',
    'object',
    object({ rows: { type: 'array', items: { type: 'array', items: { type: 'integer' } } } }),
    { rows: [[1, 2], [], [3]] },
  ),
  sample(
    'a list of objects',
    'object',
    object({
      people: {
        type: 'array',
        items: object({ name: { type: 'string' }, age: { type: 'integer' } }, { required: ['name'] }),
      },
    }),
    { people: [{ name: 'A', age: 1 }, { name: 'B' }] },
  ),
  sample('a list without a word on its items', 'object', object({ any: { type: 'array' } }), {
    any: [1, 'x', { a: null }],
  }),
  sample(
    'a tuple',
    'object',
    object({ pair: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }], items: false } }),
    { pair: ['x', 1] },
  ),
  sample(
    'a tuple with a tail',
    'object',
    object({ row: { type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'integer' } } }),
    { row: ['x', 1, 2] },
  ),
  sample(
    'a tuple of the old kind',
    'object',
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: {
        pair: { type: 'array', items: [{ type: 'string' }, { type: 'boolean' }], additionalItems: false },
      },
    },
    { pair: ['x', false] },
  ),
  sample(
    'a map of text',
    'object',
    object({ env: { type: 'object', additionalProperties: { type: 'string' } } }),
    { env: { A: '1', B: '2' } },
  ),
  sample(
    'a map of lists',
    'object',
    object({
      groups: { type: 'object', additionalProperties: { type: 'array', items: { type: 'integer' } } },
    }),
    { groups: { a: [1], b: [] } },
  ),
  sample(
    'a map by pattern',
    'object',
    object({
      headers: {
        type: 'object',
        patternProperties: { '^x-': { type: 'string' } },
        additionalProperties: false,
      },
    }),
    { headers: { 'x-a': '1' } },
  ),
  sample(
    'names and others',
    'object',
    object({ id: { type: 'string' } }, { additionalProperties: { type: 'number' } }),
    { id: 'a', more: 2 },
  ),
  // References
  sample(
    'a reference',
    'object',
    object(
      { at: { $ref: '#/$defs/point' } },
      { $defs: { point: object({ x: { type: 'number' } }, { required: ['x'] }) } },
    ),
    { at: { x: 1 } },
  ),
  sample(
    'a reference with a title of its own',
    'object',
    object({ at: { $ref: '#/$defs/n', title: 'Where', default: 3 } }, { $defs: { n: { type: 'integer' } } }),
    { at: 3 },
  ),
  sample(
    'a reference by anchor',
    'object',
    object({ at: { $ref: '#pt' } }, { $defs: { p: { $anchor: 'pt', type: 'string' } } }),
    { at: 'x' },
  ),
  sample(
    'a reference with escapes',
    'object',
    object({ at: { $ref: '#/$defs/a~1b%20c' } }, { $defs: { 'a/b c': { type: 'boolean' } } }),
    { at: true },
  ),
  sample('a tree', 'object', TREE, {
    root: { label: 'a', children: [{ label: 'b', children: [] }, { label: 'c' }] },
  }),
  sample(
    'itself',
    'object',
    { type: 'object', properties: { next: { $ref: '#' }, v: { type: 'integer' } } },
    { next: { next: { v: 2 }, v: 1 } },
  ),
  sample(
    'all of',
    'object',
    {
      allOf: [
        object({ a: { type: 'string' } }, { required: ['a'] }),
        object({ b: { type: 'integer', minimum: 1 } }),
      ],
    },
    { a: 'x', b: 2 },
  ),
  sample(
    'all of, by reference',
    'object',
    {
      $defs: { base: object({ id: { type: 'string' } }) },
      allOf: [{ $ref: '#/$defs/base' }],
      properties: { n: { type: 'number' } },
    },
    { id: 'x', n: 1 },
  ),
  // Formats, files, names
  sample(
    'dates and times',
    'object',
    object({ day: { type: 'string', format: 'date' }, at: { type: 'string', format: 'date-time' } }),
    { day: '2026-11-26', at: '2026-11-26T16:30:00Z' },
  ),
  sample(
    'addresses',
    'object',
    object({
      mail: { type: 'string', format: 'email' },
      url: { type: 'string', format: 'uri' },
      id: { type: 'string', format: 'uuid' },
    }),
    { mail: 'a@b.test', url: 'https://a.test/x', id: '123e4567-e89b-12d3-a456-426614174000' },
  ),
  sample(
    'a file',
    'object',
    object({ image: { type: 'string', contentEncoding: 'base64', contentMediaType: 'image/png' } }),
    { image: 'iVBORw0KGgo=' },
  ),
  sample('long text', 'object', object({ body: { type: 'string', maxLength: 10_000 } }), {
    body: 'line 1\nline 2\n',
  }),
  sample(
    'names that mislead',
    'object',
    object({ constructor: { type: 'string' }, 'a/b~c': { type: 'integer' }, '': { type: 'string' } }),
    { constructor: 'x', 'a/b~c': 1, '': 'e' },
  ),
]
