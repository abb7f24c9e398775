import { describe, expect, it } from 'vitest'
import { createReaderQueue } from './reader-queue.ts'

const KIB = 1024

describe('what waits for a reader', () => {
  it('is handed out in order, small texts together', () => {
    const queue = createReaderQueue()
    for (const text of ['one ', 'twö ', 'three']) queue.add(text)
    expect(queue.bytes).toBe(14)
    expect(queue.take()?.toString()).toBe('one twö three')
    expect(queue.bytes).toBe(0)
    expect(queue.take()).toBeNull()
  })

  it('goes out in pieces, whatever its texts are like', () => {
    const queue = createReaderQueue()
    queue.add('a')
    queue.add('b'.repeat(150 * KIB))
    queue.add('c')
    for (let n = 0; n < 100; n++) queue.add('d'.repeat(KIB))
    const pieces: Buffer[] = []
    for (let piece = queue.take(); piece !== null; piece = queue.take()) pieces.push(piece)
    expect(pieces.map((piece) => piece.length)).toEqual([1, 65_536, 65_536, 22_528, 65_537, 36_864])
    expect(Buffer.concat(pieces).toString()).toBe(`a${'b'.repeat(150 * KIB)}c${'d'.repeat(100 * KIB)}`)
    expect(queue.bytes).toBe(0)
  })

  it('is gone when it is cleared', () => {
    const queue = createReaderQueue()
    queue.add('one')
    queue.clear()
    expect([queue.bytes, queue.take()]).toEqual([0, null])
  })
})
