import { Duplex } from 'node:stream'
import { expect, it } from 'vitest'
import { PacedStream } from './paced-stream.ts'

function createInner() {
  const sent: string[] = []
  const inner = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      sent.push(chunk.toString())
      done()
    },
  })
  return { inner, sent, paced: new PacedStream(inner) }
}

it('hands out little at a time, with turns of others between', async () => {
  const { inner, paced } = createInner()
  const seen: (number | 'turn')[] = []
  paced.on('data', (chunk: Buffer) => {
    seen.push(chunk.length)
    setImmediate(() => seen.push('turn'))
  })
  inner.push(Buffer.alloc(10_000, 'x'))
  inner.push(null)
  await new Promise((resolve) => paced.once('end', resolve))
  expect(seen).toEqual([4096, 'turn', 4096, 'turn', 1808, 'turn'])
})

it('reads no further while nobody takes what is there', async () => {
  const { inner, paced } = createInner()
  for (let part = 0; part < 100; part++) inner.push(Buffer.alloc(4096))
  paced.pause()
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(paced.readableLength).toBeLessThan(100 * 4096)
  let size = 0
  paced.on('data', (chunk: Buffer) => (size += chunk.length))
  paced.resume()
  inner.push(null)
  await new Promise((resolve) => paced.once('end', resolve))
  expect(size).toBe(100 * 4096)
})

it('passes on what is written, and its end, and ends with either side', async () => {
  const { inner, sent, paced } = createInner()
  paced.write('a')
  paced.end('b')
  await new Promise((resolve) => inner.once('finish', resolve))
  expect(sent).toEqual(['a', 'b'])
  paced.destroy()
  await expect.poll(() => inner.destroyed).toBe(true)
  const other = createInner()
  other.paced.on('error', () => undefined)
  other.inner.destroy(new Error('broken'))
  await expect.poll(() => other.paced.destroyed).toBe(true)
})
