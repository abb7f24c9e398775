import { describe, expect, it } from 'vitest'
import { createLineSplitter } from './line-splitter.ts'

function split(chunks: readonly (string | Buffer)[], maxBytes = 100) {
  const lines: string[] = []
  let overflows = 0
  const splitter = createLineSplitter(
    (line) => lines.push(line),
    () => overflows++,
    maxBytes,
  )
  for (const chunk of chunks) splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  return { lines, overflows }
}

describe('createLineSplitter', () => {
  it('finds lines wherever chunks end', () => {
    expect(split(['a\nbb', 'b\n', '\ncc', 'c', 'c\nd']).lines).toEqual(['a', 'bbb', '', 'cccc'])
  })

  it('keeps a character whole that two chunks share', () => {
    const euro = Buffer.from('€\n')
    expect(split([euro.subarray(0, 1), euro.subarray(1)]).lines).toEqual(['€'])
  })

  it('takes a line of exactly the cap', () => {
    expect(split(['x'.repeat(60), `${'x'.repeat(40)}\nnext\n`])).toEqual({
      lines: ['x'.repeat(100), 'next'],
      overflows: 0,
    })
  })

  it.each([
    ['in one chunk', [`${'x'.repeat(101)}\n`]],
    ['unfinished', ['x'.repeat(101)]],
    ['grown over chunks', ['x'.repeat(60), 'x'.repeat(41)]],
    ['finished by the chunk that breaks it', ['x'.repeat(60), `${'x'.repeat(41)}\n`]],
  ])('gives up once, and for good, on a line over the cap: %s', (_, chunks) => {
    expect(split([...chunks, 'y\n', 'z'.repeat(500)])).toEqual({ lines: [], overflows: 1 })
  })
})
