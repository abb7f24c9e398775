import { expect, it } from 'vitest'
import { createLineSplitter } from './split-lines.ts'

function split(...chunks: readonly string[]): string[] {
  const lines: string[] = []
  const splitter = createLineSplitter((line) => lines.push(line))
  for (const chunk of chunks) splitter.push(chunk)
  splitter.end()
  return lines
}

it('gives whole lines over chunks, and the last without its newline', () => {
  expect(split('a\nb', 'c\r\n', '\nd')).toEqual(['a', 'bc', '', 'd'])
})

it('cuts a line without end and marks it', () => {
  const lines = split('x'.repeat(5000), 'y'.repeat(5000), '\nnext\n')
  expect(lines.map((line) => line.length)).toEqual([8192 + ' [cut]'.length, 4])
  expect(lines[0]?.endsWith('y [cut]')).toBe(true)
})

it('stops keeping a flood, and says so once', () => {
  const lines = split(...Array.from({ length: 2000 }, () => `${'x'.repeat(8000)}\n`))
  expect(lines.at(-1)).toBe('[more output is not kept]')
  expect(lines.length).toBeLessThan(1100)
})
