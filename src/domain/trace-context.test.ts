import { expect, it } from 'vitest'
import { buildTraceHeaders, parseTraceId } from './trace-context.ts'

const ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = `00-${ID}-00f067aa0ba902b7-01`

it.each([
  [PARENT, ID],
  [`cc-${ID}-00f067aa0ba902b7-01-more`, ID],
  [`ff-${ID}-00f067aa0ba902b7-01`, null],
  [`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, null],
  [`00-${ID}-${'0'.repeat(16)}-01`, null],
  [PARENT.toUpperCase(), null],
  [`${PARENT}0`, null],
  ['00-1-2-01', null],
  ['', null],
])('parseTraceId(%s) is %s', (text, id) => {
  expect(parseTraceId(text)).toBe(id)
})

it('makes headers of what is well formed, and no state without its parent', () => {
  expect(buildTraceHeaders({ traceparent: PARENT, tracestate: 'a=1', baggage: 'b=2' })).toEqual({
    traceparent: PARENT,
    tracestate: 'a=1',
  })
  expect(buildTraceHeaders({ traceparent: PARENT, tracestate: 'a=1\r\nx: 1' })).toEqual({
    traceparent: PARENT,
  })
  expect(buildTraceHeaders({ traceparent: '00-1-2-01', tracestate: 'a=1' })).toEqual({})
  expect(buildTraceHeaders({ traceparent: `cc-${PARENT.slice(3)}-\r\nx: 1` })).toEqual({})
})
