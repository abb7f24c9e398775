import { expect, test } from 'vitest'
import { parseCapabilityClass, renderCapabilities, renderProcessKey } from './process-key.ts'

test('a class holds what the revision knows of what was declared, in one order', () => {
  const declared = { sampling: { tools: {} }, roots: { listChanged: true }, elicitation: {}, tasks: {} }
  expect(parseCapabilityClass(declared, '2025-11-25')).toBe('elicitation.form+roots+sampling+sampling.tools')
  expect(parseCapabilityClass(declared, '2025-06-18')).toBe('elicitation.form+roots+sampling')
  expect(parseCapabilityClass(declared, '2025-03-26')).toBe('roots+sampling')
  expect(parseCapabilityClass({ elicitation: { url: {} } }, '2025-11-25')).toBe('elicitation.url')
  expect(parseCapabilityClass({ elicitation: { url: {} } }, '2025-06-18')).toBe('elicitation.form')
  expect(parseCapabilityClass({ elicitation: { url: {}, form: {} } }, '2026-07-28')).toBe(
    'elicitation.form+elicitation.url',
  )
  for (const nothing of [undefined, null, [], {}, { roots: true }]) {
    expect(parseCapabilityClass(nothing, '2025-11-25')).toBe('')
  }
})

test('a class is declared again as it was understood', () => {
  expect(renderCapabilities('')).toEqual({})
  expect(renderCapabilities('elicitation.form+elicitation.url+roots+sampling+sampling.tools')).toEqual({
    elicitation: { form: {}, url: {} },
    roots: {},
    sampling: { tools: {} },
  })
})

test('keys that differ read differently', () => {
  const key = { era: 'legacy', capabilities: 'roots', owner: null, member: 0 } as const
  expect(renderProcessKey(key)).toBe('legacy|roots||0')
  expect(renderProcessKey({ ...key, owner: 'token:tok_1', member: 2 })).toBe('legacy|roots|token:tok_1|2')
})
