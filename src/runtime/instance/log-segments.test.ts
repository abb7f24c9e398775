import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { LogLine } from '../../domain/log-line.ts'
import { readBackward, readForward } from './log-segments.ts'

const folder = mkdtempSync(join(tmpdir(), 'segments-'))
afterAll(() => rmSync(folder, { recursive: true }))

const line = (seq: number, text: string): LogLine => ({ seq, time: 1, stream: 'stderr', text })

async function collect(lines: AsyncGenerator<LogLine>): Promise<readonly number[]> {
  const found: number[] = []
  for await (const { seq, text } of lines) found.push(text.length === seq * 7 ? seq : -seq)
  return found
}

describe('a segment, read in stretches', () => {
  // Beside one another they begin and end everywhere in a stretch; the last of them are longer than two.
  const lengths = [...Array.from({ length: 400 }, (_, n) => n), 9000, 20_000, 400, 1, 19_000]
  const path = join(folder, 'lines.ndjson')
  const text = lengths.map((n) => `${JSON.stringify(line(n, 'é'.repeat(n * 7)))}\n`).join('')
  writeFileSync(path, text)

  it('has every line, whole, in either direction', async () => {
    expect(await collect(readForward(path))).toEqual(lengths)
    expect(await collect(readBackward(path))).toEqual(lengths.toReversed())
  })

  it('leaves out a line without an end', async () => {
    const cut = join(folder, 'cut.ndjson')
    writeFileSync(cut, text.slice(0, -2))
    expect(await collect(readForward(cut))).toEqual(lengths.slice(0, -1))
    expect(await collect(readBackward(cut))).toEqual(lengths.slice(0, -1).toReversed())
  })
})
