import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readFairly } from './read-fairly.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('readFairly', () => {
  it('takes one full read a turn from a stream that floods, and loses nothing', async () => {
    const stream = new PassThrough({ highWaterMark: 10_000_000 })
    for (let n = 0; n < 8; n++) stream.write(Buffer.alloc(65_536, n))
    stream.end()
    const turns: number[][] = [[]]
    readFairly(stream, (chunk) => turns.at(-1)?.push(chunk[0] ?? -1))
    for (let n = 0; n < 20; n++) {
      await turn()
      turns.push([])
    }
    expect(turns.flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(Math.max(...turns.map((taken) => taken.length))).toBe(1)
    expect(stream.readableEnded).toBe(true)
  })

  it('reads on into nothing once it is ended', async () => {
    const stream = new PassThrough({ highWaterMark: 1000 })
    const taken: string[] = []
    const stop = readFairly(stream, (chunk) => taken.push(chunk.toString()))
    stream.write('heard')
    await turn()
    stop()
    for (let n = 0; n < 5; n++) stream.write('x'.repeat(65_536))
    stream.end()
    for (let n = 0; n < 10; n++) await turn()
    expect(taken).toEqual(['heard'])
    expect(stream.readableEnded).toBe(true)
  })
})
