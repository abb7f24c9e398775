import { describe, expect, it } from 'vitest'
import { Secret } from '../../domain/secret.ts'
import { FIXTURE_CONFIG } from '../../../test/fakes/launch-spec.ts'
import { buildLogMask, type LogMask } from './log-mask.ts'
import { createStderrTail } from './stderr-tail.ts'
import { createTextLines } from './text-lines.ts'

const asItIs: LogMask = (text) => text
const secrets = [{ name: 'KEY', version: 1, value: new Secret('s3cr3t-value'), as: 'environment' }] as const
const mask = buildLogMask({
  secrets,
  config: { ...FIXTURE_CONFIG, environment: { DB_PASSWORD: 'hunter22' } },
})

function read(chunks: readonly (string | Buffer)[], how = asItIs): string[] {
  const lines: string[] = []
  const reader = createTextLines((readText) => lines.push(readText()), how)
  for (const chunk of chunks) reader.push(Buffer.from(chunk))
  reader.end()
  return lines
}

describe('createTextLines', () => {
  it('hands out lines, the unfinished last one too, without carriage returns', () => {
    expect(read(['one\ntw', 'o\r\n\nthree'])).toEqual(['one', 'two', '', 'three'])
  })

  it('makes no text of a line that nobody asks for', () => {
    const sizes: number[] = []
    const masked: string[] = []
    const reader = createTextLines(
      (_, bytes) => sizes.push(bytes),
      (text) => {
        masked.push(text)
        return text
      },
    )
    reader.push(Buffer.from(`one\n${'x'.repeat(100_000)}\n`))
    expect([sizes, masked]).toEqual([[3, 16_384], []])
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

describe('secrets', () => {
  it('R137: are found across chunks, one byte at a time', () => {
    const bytes = [...Buffer.from('a s3cr3t-value and hunter22\nlast s3cr3t-value')]
    expect(
      read(
        bytes.map((byte) => Buffer.from([byte])),
        mask,
      ),
    ).toEqual(['a [secret:KEY] and [secret:DB_PASSWORD]', 'last [secret:KEY]'])
  })

  it('are not shown in part where a line is cut', () => {
    for (let before = 16_384 - 14; before < 16_384; before++) {
      const [line = ''] = read([`${'x'.repeat(before)}s3cr3t-value${'y'.repeat(100)}\n`], mask)
      // Three bytes are too little to know it by.
      expect(line.includes('s3cr')).toBe(false)
    }
  })

  it('are not in the last words, whole or cut', () => {
    for (let after = 4096 - 14; after < 4098; after++) {
      const tail = createStderrTail(mask)
      tail.push(Buffer.from(`s3cr3t-value${'y'.repeat(after)}`))
      expect(tail.words().shown).not.toMatch(/cr3t-value|-value/)
    }
  })
})

describe('createStderrTail', () => {
  it('keeps what was written last, from the start of a line', () => {
    const tail = createStderrTail(asItIs)
    tail.push(Buffer.from('short\n'))
    expect(tail.words().shown).toBe('short')
    for (let n = 0; n < 1000; n++) tail.push(Buffer.from(`line ${n}\n`))
    const lines = tail.words().shown.split('\n')
    expect(lines[0]).toMatch(/^line \d+$/)
    expect(lines.at(-1)).toBe('line 999')
    expect(Buffer.byteLength(tail.words().shown)).toBeLessThanOrEqual(4096)
  })

  it('stays within 4 KiB when every byte is broken', () => {
    const tail = createStderrTail(asItIs)
    tail.push(Buffer.alloc(100_000, 0xff))
    expect(Buffer.byteLength(tail.words().shown)).toBeLessThanOrEqual(4096)
  })
})
