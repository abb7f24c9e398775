import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { LogSearch } from '../../domain/log-search.ts'
import { searchSegments } from './log-search.ts'
import { buildSegmentPath, listSegments } from './log-segments.ts'

const dir = mkdtempSync(join(tmpdir(), 'haivemind-search-'))
afterAll(() => rmSync(dir, { recursive: true }))

const TEXTS = [
  'Starting the server',
  'GET /weather?city=Köln 200 in 12 ms',
  'GET /weather?city="Oslo" 500 in 7 ms',
  'warning: disk is slow',
  'path C:\\temp is full',
  'ValueError: no such city',
  'straße, STRASSE, ΣΊΣΥΦΟΣ',
  '[brackets] (and) {others} ^$.|?*+',
]
const PER_SEGMENT = 3
const lines = TEXTS.map((text, at) => ({
  seq: at + 1,
  time: 1000 * (at + 1),
  stream: 'stderr' as const,
  text,
}))
for (let at = 0; at < lines.length; at += PER_SEGMENT) {
  const part = lines.slice(at, at + PER_SEGMENT)
  const last = at + PER_SEGMENT >= lines.length
  const text = part.map((line) => `${JSON.stringify(line)}\n`).join('')
  // What a dead daemon left half written is no line.
  writeFileSync(buildSegmentPath(dir, at + 1), last ? `${text}{"seq":99,"text":"GET half` : text)
}

const BASE: LogSearch = {
  text: '',
  mode: 'literal',
  isCaseSensitive: false,
  direction: 'newer',
  from: null,
  limit: 100,
  counts: false,
}
const search = async (wanted: Partial<LogSearch>, signal = new AbortController().signal) => {
  const hits = await searchSegments(await listSegments(dir), { ...BASE, ...wanted }, signal)
  return { ...hits, seqs: hits.lines.map(({ seq }) => seq) }
}

describe('a search', () => {
  it.each<readonly [Partial<LogSearch>, readonly number[]]>([
    [{ text: 'get /weather' }, [2, 3]],
    [{ text: 'get /weather', isCaseSensitive: true }, []],
    [{ text: 'Köln' }, [2]],
    [{ text: 'köLN' }, [2]],
    [{ text: '"Oslo"' }, [3]],
    [{ text: 'C:\\TEMP' }, [5]],
    [{ text: 'σίσυφοσ' }, []],
    [{ text: 'ΣΊΣΥΦΟΣ', isCaseSensitive: true }, [7]],
    [{ text: '[brackets] (and) {others} ^$.|?*+' }, [8]],
    [{ text: 's' }, [1, 2, 3, 4, 5, 6, 7, 8]],
    [{ text: 'stderr' }, []],
    [{ text: 'half' }, []],
    [{ mode: 'glob', text: 'get*500*ms' }, [3]],
    [{ mode: 'glob', text: 'in ?? ms' }, [2]],
    [{ mode: 'glob', text: '*' }, [1, 2, 3, 4, 5, 6, 7, 8]],
    [{ mode: 'glob', text: 'ms*GET' }, []],
    [{ mode: 'regex', text: String.raw`city=\S+ [25]00 in \d+ ms` }, [2, 3]],
    [{ mode: 'regex', text: '^get.*ms$' }, [2, 3]],
    [{ mode: 'regex', text: 'x?disk|full' }, [4, 5]],
    [{ mode: 'regex', text: 'wq*arning' }, [4]],
    [{ text: 'e', since: 4000, until: 5000 }, [5]],
    [{ text: ' ', level: 'warn' }, [4]],
    [{ text: ' ', stream: 'stdout' }, []],
  ])('for %o finds %o', async (wanted, seqs) => {
    expect(await search(wanted)).toMatchObject({ seqs, isComplete: true, seen: seqs.length })
    const older = await search({ ...wanted, direction: 'older' })
    expect(older.seqs).toEqual(seqs.toReversed())
  })

  it('stops with what it was asked for, and goes on where it stopped', async () => {
    const first = await search({ text: 'e', direction: 'older', limit: 2 })
    expect([first.seqs, first.isComplete]).toEqual([[8, 7], false])
    const next = await search({ text: 'e', direction: 'older', limit: 3, from: 7 })
    expect([next.seqs, next.isComplete]).toEqual([[6, 5, 3], false])
    const last = await search({ text: 'e', direction: 'older', limit: 10, from: 3 })
    expect([last.seqs, last.isComplete]).toEqual([[2, 1], true])
    expect((await search({ text: 'e', from: 6 })).seqs).toEqual([7, 8])
  })

  it('counts all of them where it is asked to', async () => {
    expect(await search({ text: 'e', limit: 1, counts: true })).toMatchObject({
      seqs: [1],
      seen: 7,
      isComplete: false,
    })
  })

  it('refuses what cannot be linear, and what is no regex', async () => {
    for (const text of [String.raw`(a)\1`, '(?=a)', '(', 'a{2000}', 'x'.repeat(501)]) {
      await expect(search({ mode: 'regex', text })).rejects.toMatchObject({ code: 'invalid_request' })
    }
  })

  it('ends with whoever asked', async () => {
    const gone = new AbortController()
    gone.abort(new Error('the caller went away'))
    await expect(search({ text: 'e' }, gone.signal)).rejects.toThrow('the caller went away')
  })
})

it('gives the first line before it has gone through all the rest, and goes on from there', async () => {
  const long = mkdtempSync(join(tmpdir(), 'haivemind-search-'))
  try {
    const line = (seq: number, text: string) =>
      `${JSON.stringify({ seq, time: seq, stream: 'stderr', text })}\n`
    const filler = line(2, 'nothing '.repeat(1000)).repeat(9_000)
    writeFileSync(buildSegmentPath(long, 1), line(1, 'a needle') + filler + line(3, 'a needle'))
    const segments = await listSegments(long)
    const find = async (from: number | null, counts = false) => {
      const wanted = { ...BASE, text: 'needle', direction: 'older', from, counts } as const
      const {
        lines: found,
        isComplete,
        seen,
      } = await searchSegments(segments, wanted, new AbortController().signal)
      return [found.map(({ seq }) => seq), isComplete, seen]
    }
    expect(await find(null)).toEqual([[3], false, 1])
    expect(await find(3)).toEqual([[1], true, 1])
    expect(await find(null, true)).toEqual([[3, 1], true, 2])
  } finally {
    rmSync(long, { recursive: true })
  }
})
