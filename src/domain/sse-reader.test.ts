import { expect, it } from 'vitest'
import { createSseReader, type SseEvent } from './sse-reader.ts'

function read(chunks: readonly (string | Buffer)[], maxBytes = 4 * 2 ** 20) {
  const events: SseEvent[] = []
  let overflows = 0
  const handlers = {
    onEvent: (event: SseEvent) => void events.push(event),
    onOverflow: () => void overflows++,
  }
  const reader = createSseReader(handlers, maxBytes)
  for (const chunk of chunks) reader.push(Buffer.from(chunk))
  return { events, overflows }
}

it('reads events by any line ending, however they are cut', () => {
  const text = ': hello\r\nid: 1\r\ndata: a\r\n\r\nevent: x\rdata:b\rdata: c\r\rdata\n\nretry: 5\n\n'
  const expected = [
    { data: 'a', id: '1', event: 'message' },
    { data: 'b\nc', id: '1', event: 'x' },
    { data: '', id: '1', event: 'message' },
  ]
  expect(read([text]).events).toEqual(expected)
  expect(read(text.split('')).events).toEqual(expected)
})

it('puts characters together that were cut, and tells no unfinished event', () => {
  const bytes = Buffer.from('data: ü\n\ndata: x\n')
  expect(read([bytes.subarray(0, 7), bytes.subarray(7)]).events).toEqual([
    { data: 'ü', id: null, event: 'message' },
  ])
})

it('gives up at its bound, in one line or in many, and takes nothing any more', () => {
  expect(read(['data: ', 'x'.repeat(100), 'x\n\n', 'data: y\n\n'], 100)).toEqual({ events: [], overflows: 1 })
  expect(read([...Array.from({ length: 30 }, () => 'data: xxxxx\n'), '\n'], 100)).toEqual({
    events: [],
    overflows: 1,
  })
  expect(read([`data: ${'x'.repeat(50)}\n\n`, `data: ${'y'.repeat(50)}\n\n`], 100).events).toHaveLength(2)
})

it('counts lines of data that hold nothing', () => {
  expect(
    read(
      Array.from({ length: 100 }, () => 'data:\ndata\n'),
      1000,
    ),
  ).toEqual({ events: [], overflows: 1 })
})

it('looks at each character once, however small the parts of a long line are', () => {
  const parts = Array.from({ length: 300_000 }, () => Buffer.from('x'))
  const events: SseEvent[] = []
  const reader = createSseReader(
    { onEvent: (event) => void events.push(event), onOverflow: () => {} },
    4 * 2 ** 20,
  )
  reader.push(Buffer.from('data: '))
  reader.push(Buffer.alloc(3 * 2 ** 20, 'x'))
  // Each of them once read the line so far: a quarter of an hour.
  for (const part of parts) reader.push(part)
  reader.push(Buffer.from('\n\n'))
  expect(events[0]?.data).toHaveLength(3 * 2 ** 20 + 300_000)
})
