import { expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import { needsOlderEra } from './needs-older-era.ts'

const result = (value: JsonObject) => ({ kind: 'result', result: value }) as const
const PYTHON =
  "Cannot send 'elicitation/create': this transport context has no back-channel for server-initiated requests."
const TYPESCRIPT =
  "Server-initiated requests are not available on protocol revision 2026-07-28: 'elicitation/create' cannot be sent while serving a request on that revision."

it('knows a tool that cannot ask by what its SDK says', () => {
  expect(needsOlderEra({ kind: 'error', error: { code: -32600, message: PYTHON } })).toBe(true)
  expect(needsOlderEra(result({ isError: true, content: [{ type: 'text', text: TYPESCRIPT }] }))).toBe(true)
  expect(needsOlderEra(result({ content: [{ type: 'text', text: TYPESCRIPT }] }))).toBe(false)
  expect(needsOlderEra(result({ isError: true, content: [null, { type: 'text' }] }))).toBe(false)
  expect(needsOlderEra({ kind: 'error', error: { code: -32600, message: 'no' } })).toBe(false)
})
