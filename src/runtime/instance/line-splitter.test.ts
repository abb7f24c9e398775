import { describe, expect, it } from 'vitest'
import { createLineSplitter } from './line-splitter.ts'

function split(chunks: readonly (string | Buffer)[], maxBytes = 100) {
  const lines: string[] = []
  const long: string[] = []
  let overflows = 0
  const handlers = {
    onLine: (line: string) => void lines.push(line),
    onLongLine: ({ head, tail }: { head: string; tail: string }) => void long.push(`${head}…${tail}`),
    onOverflow: () => void overflows++,
  }
  const splitter = createLineSplitter(handlers, maxBytes)
  for (const chunk of chunks) splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  return { lines, overflows, ...(long.length === 0 ? {} : { long }) }
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

  it.each([
    ['in one chunk', [`{"a":${'x'.repeat(300)}9}\nnext\n`]],
    ['over chunks', ['{"a":', 'x'.repeat(150), `${'x'.repeat(150)}9`, '}\nne', 'xt\n']],
  ])('leaves out a message over the cap and goes on: %s', (_, chunks) => {
    const { lines, overflows, long } = split(chunks)
    expect([lines, overflows, long?.length]).toEqual([['next'], 0, 1])
    expect(long?.[0]?.startsWith('{"a":xxx')).toBe(true)
    expect(long?.[0]?.endsWith('xx9}')).toBe(true)
  })

  it('gives up on a message without an end', () => {
    const chunks = ['{', ...Array.from({ length: 65 }, () => Buffer.alloc(2 ** 20, 'x'))]
    expect(split([...chunks, '\nnext\n'])).toEqual({ lines: [], overflows: 1 })
  })
})
