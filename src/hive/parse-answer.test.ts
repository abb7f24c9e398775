import { expect, it } from 'vitest'
import { parseFound, parseOutcome } from './parse-answer.ts'

const text = (words: string, isError = false) => ({ kind: 'text', text: words, isError }) as const
const id = '0a3f2b9c-1111-4222-8333-444455556666'

it.each([
  [`Memory stored with ID: ${id}`],
  [`{"status":"recorded","memory_id":"${id}","incident_title":"x"}`],
  [`{"status":"stored_locally","message_id":"${id}"}`],
  ['{"status":"registered","agent_id":"a","role":"b"}'],
])('B3: %s is done', (words) => {
  expect(parseOutcome(text(words))).toBe('done')
})

it.each([
  ['Error: no such thing', false, 'Error: no such thing'],
  ["Error executing store_memory: 'x' is not one of category", false, undefined],
  ['{"error":"full"}', false, 'full'],
  [`Memory stored with ID: ${id}`, true, undefined],
])('B3: %s (isError %s) is refused', (words, isError, why) => {
  expect(parseOutcome(text(words, isError))).toEqual({ refused: why ?? words })
})

it.each([[''], ['OK'], ['null'], ['[]'], ['Memory stored with ID: somewhere'], ['{'], ['{}']])(
  'B3: %s may have been done',
  (words) => {
    expect(parseOutcome(text(words))).toHaveProperty('lost')
  },
)

it('reads both forms of a list, and nothing that is cut', () => {
  const one = { content: 'a', category: 'incidents', created_at: '2026-01-01T00:00:00' }
  const expected = [{ content: 'a', category: 'incidents', createdAt: '2026-01-01T00:00:00' }]
  expect(parseFound(JSON.stringify({ memories: [one, { content: 1 }, null] }))).toEqual(expected)
  expect(parseFound(JSON.stringify({ _haivemind_meta: {}, data: [one] }))).toEqual(expected)
  expect(parseFound(`${JSON.stringify({ memories: [one] }).slice(0, -3)}\n\n... [truncated]`)).toBeNull()
  expect(parseFound('[]')).toBeNull()
  expect(parseFound('['.repeat(100_000))).toBeNull()
})
