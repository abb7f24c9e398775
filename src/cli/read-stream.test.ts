import { expect, it } from 'vitest'
import { readEvents, readLines } from './read-stream.ts'

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of stream) all.push(item)
  return all
}

it('joins lines over chunks, a character cut in two included', async () => {
  const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)]
  async function* cut(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"a":')
    yield Buffer.concat([Buffer.from('"'), first])
    yield Buffer.concat([second, Buffer.from('"}\r\n\n{"b":2}')])
  }
  expect(await collect(readLines(cut()))).toEqual(['{"a":"é"}', '{"b":2}'])
})

it('reads events, over several data lines, and passes comments over', async () => {
  const stream = chunks(
    ': heartbeat\n\nid: 7\nevent: server.status\nda',
    'ta: {"a":1}\n\ndata:x\ndata: y\n\n',
    'data: cut',
  )
  expect(await collect(readEvents(stream))).toEqual([
    { type: 'server.status', data: '{"a":1}', id: '7' },
    { type: 'message', data: 'x\ny', id: '7' },
  ])
})

it('holds no event that never ends', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < 40; at++) yield Buffer.from(`data: ${'x'.repeat(1024 * 1024)}\n`)
  }
  await expect(collect(readEvents(endless()))).rejects.toThrow('over 16 MiB')
})
