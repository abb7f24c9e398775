import { describe, expect, it } from 'vitest'
import { createStderrTail } from './stderr-tail.ts'
import { createTextLines } from './text-lines.ts'

function read(chunks: readonly (string | Buffer)[]): string[] {
  const lines: string[] = []
  const reader = createTextLines((text) => lines.push(text))
  for (const chunk of chunks) reader.push(Buffer.from(chunk))
  reader.end()
  return lines
}

describe('createTextLines', () => {
  it('hands out lines, the unfinished last one too, without carriage returns', () => {
    expect(read(['one\ntw', 'o\r\n\nthree'])).toEqual(['one', 'two', '', 'three'])
  })

  it('cuts a line at 16 KiB and tells its length, however it arrives', () => {
    const cut = `${'x'.repeat(16_384)} […cut, 100000 bytes]`
    expect(read([`${'x'.repeat(100_000)}\nnext\n`])).toEqual([cut, 'next'])
    expect(read([...Array.from({ length: 10 }, () => 'x'.repeat(10_000)), '\nnext'])).toEqual([cut, 'next'])
  })

  it('takes bytes that are no text', () => {
    expect(read([Buffer.from([0xff, 0x00, 0x0a])])).toEqual(['\uFFFD\u0000'])
  })
})

describe('createStderrTail', () => {
  it('keeps what was written last, from the start of a line', () => {
    const tail = createStderrTail()
    tail.push(Buffer.from('short\n'))
    expect(tail.text()).toBe('short')
    for (let n = 0; n < 1000; n++) tail.push(Buffer.from(`line ${n}\n`))
    const lines = tail.text().split('\n')
    expect(lines[0]).toMatch(/^line \d+$/)
    expect(lines.at(-1)).toBe('line 999')
    expect(Buffer.byteLength(tail.text())).toBeLessThanOrEqual(4096)
  })

  it('stays within 4 KiB when every byte is broken', () => {
    const tail = createStderrTail()
    tail.push(Buffer.alloc(100_000, 0xff))
    expect(Buffer.byteLength(tail.text())).toBeLessThanOrEqual(4096)
  })
})
