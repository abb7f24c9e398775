import { expect, it } from 'vitest'
import { createEventParser, type StreamEvent } from './event-stream.ts'

const TEXT = ': hello\n\nid: 7\nevent: server.status\ndata: {"a":1}\n\ndata: one\ndata: two\r\n\r\n:\n\n'
const EVENTS: readonly StreamEvent[] = [
  { id: '7', type: 'server.status', data: '{"a":1}' },
  { id: '7', type: 'message', data: 'one\ntwo' },
]

it.each([1, 2, 3, 7, 1000])('reads events from pieces of %i characters', (size) => {
  const found: StreamEvent[] = []
  const push = createEventParser((event) => found.push(event))
  for (let at = 0; at < TEXT.length; at += size) push(TEXT.slice(at, at + size))
  expect(found).toEqual(EVENTS)
})
