import { appendFile, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMovableClock, type MovableClock } from '../../../test/fakes/clock.ts'
import { buildServerId } from '../../../test/fakes/launch-spec.ts'
import type { LogLine } from '../../domain/log-line.ts'
import { createLogger } from '../../system/log.ts'
import { createLogFiles, type LogFiles } from './log-files.ts'
import { packSegment } from './packed-segment.ts'

const ID = buildServerId(1)
const OTHER = buildServerId(2)

let dir: string
let clock: MovableClock
let opened: LogFiles[]

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'haivemind-logs-'))
  clock = createMovableClock()
  opened = []
})
afterEach(async () => {
  await Promise.all(opened.map((logs) => logs.close()))
  await rm(dir, { recursive: true })
})

function open(limits: { maxBytes?: number; maxFiles?: number } = {}, path = dir): LogFiles {
  const logs = createLogFiles({ dir: path, clock, logger: createLogger(new PassThrough()), ...limits })
  opened.push(logs)
  return logs
}

const texts = (lines: readonly LogLine[]) => lines.map((line) => line.text)
/** Once all closed ones are packed. */
async function segments(): Promise<readonly string[]> {
  for (;;) {
    const names = (await readdir(join(dir, ID))).sort()
    if (names.slice(0, -1).every((name) => name.endsWith('.gz'))) return names
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('numbering', () => {
  it('rises over a restart of the daemon, one log a server', async () => {
    const first = open()
    first.append(ID, 'stderr', 'one')
    first.append(OTHER, 'stderr', 'elsewhere')
    first.append(ID, 'stdout', 'two')
    await first.close()
    await clock.advance(1000)
    const second = open()
    second.append(ID, 'platform', 'three')
    expect(await second.read(ID, {})).toEqual([
      { seq: 1, time: Date.UTC(2026, 0, 1), stream: 'stderr', text: 'one' },
      { seq: 2, time: Date.UTC(2026, 0, 1), stream: 'stdout', text: 'two' },
      { seq: 3, time: Date.UTC(2026, 0, 1) + 1000, stream: 'platform', text: 'three' },
    ])
    expect(texts(await second.read(OTHER, {}))).toEqual(['elsewhere'])
  })

  it('goes on after a line that a dead daemon left half written', async () => {
    const first = open()
    first.append(ID, 'stderr', 'one')
    await first.close()
    await appendFile(join(dir, ID, (await segments())[0] ?? ''), '{"seq":2,"time":1,"str')
    const second = open()
    second.append(ID, 'stderr', 'two')
    second.append(ID, 'stderr', 'three')
    expect((await second.read(ID, {})).map(({ seq, text }) => [seq, text])).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ])
  })
})

describe('rotation', () => {
  it('keeps the newest files, and a cursor meets every line left once', async () => {
    const logs = open({ maxBytes: 2000, maxFiles: 3 })
    for (let n = 1; n <= 200; n++) {
      logs.append(ID, 'stderr', `line ${n}`)
      // A batch is never split over two files.
      if (n % 5 === 0) await logs.read(ID, { limit: 1 })
    }
    const kept = await logs.read(ID, {})
    expect(await segments()).toHaveLength(3)
    expect(kept.at(-1)).toMatchObject({ seq: 200, text: 'line 200' })
    const met: number[] = []
    for (let after = 0; ; after = met.at(-1) ?? 0) {
      const page = await logs.read(ID, { after, limit: 7 })
      if (page.length === 0) break
      met.push(...page.map((line) => line.seq))
    }
    expect(met).toEqual(kept.map((line) => line.seq))
    expect(met).toEqual(Array.from({ length: met.length }, (_, index) => 201 - met.length + index))
  })
})

describe('reading', () => {
  it('filters by stream, time and text, from either end', async () => {
    const logs = open()
    logs.append(ID, 'stderr', 'Error: first')
    logs.append(ID, 'stdout', 'noise')
    await clock.advance(5000)
    logs.append(ID, 'stderr', 'fine')
    logs.append(ID, 'stderr', 'another ERROR')
    expect(texts(await logs.read(ID, { stream: 'stdout' }))).toEqual(['noise'])
    expect(texts(await logs.read(ID, { grep: 'error' }))).toEqual(['Error: first', 'another ERROR'])
    expect(texts(await logs.read(ID, { since: Date.UTC(2026, 0, 1) + 5000 }))).toEqual([
      'fine',
      'another ERROR',
    ])
    expect(texts(await logs.read(ID, { tail: 2 }))).toEqual(['fine', 'another ERROR'])
    expect(texts(await logs.read(ID, { tail: 1, grep: 'error' }))).toEqual(['another ERROR'])
    expect(texts(await logs.read(ID, { tail: 10, after: 2 }))).toEqual(['fine', 'another ERROR'])
    expect(texts(await logs.read(ID, { after: 1, limit: 1 }))).toEqual(['noise'])
    expect(await logs.read(OTHER, { tail: 5 })).toEqual([])
  })

  it('finds lines that cross the stretches it reads in', async () => {
    const logs = open()
    for (let n = 0; n < 60; n++) logs.append(ID, 'stderr', `${n} ${'ä'.repeat(6000)}`)
    const heads = (lines: readonly LogLine[]) => lines.map((line) => Number(line.text.split(' ')[0]))
    expect(heads(await logs.read(ID, {}))).toEqual(Array.from({ length: 60 }, (_, n) => n))
    expect(heads(await logs.read(ID, { tail: 40 }))).toEqual(Array.from({ length: 40 }, (_, n) => n + 20))
  })

  it('bounds an answer by its text too, and the cursor goes on', async () => {
    const logs = open()
    const big = 'x'.repeat(16_000)
    for (let round = 0; round < 20; round++) {
      for (let n = 0; n < 10; n++) logs.append(ID, 'platform', big)
      await logs.read(ID, { limit: 1 })
    }
    const first = await logs.read(ID, { limit: 10_000 })
    expect(first.length).toBe(Math.floor((2 * 1024 * 1024) / 16_000))
    const rest = await logs.read(ID, { after: first.at(-1)?.seq ?? 0, limit: 10_000 })
    expect(first.length + rest.length).toBe(200)
  })
})

describe('following', () => {
  it('shows each line once, in order, until it is ended, and survives a listener that throws', async () => {
    const logs = open()
    const heard: string[] = []
    logs.follow(ID, () => {
      throw new Error('defect')
    })
    const stop = logs.follow(ID, (line) => heard.push(`${line.seq} ${line.text}`))
    logs.append(ID, 'stderr', 'a')
    logs.append(ID, 'stderr', 'b')
    await logs.read(ID, {})
    stop()
    logs.append(ID, 'stderr', 'c')
    await logs.read(ID, {})
    expect(heard).toEqual(['1 a', '2 b'])
  })
})

describe('bounds', () => {
  it('drops a flood and says exactly how many lines', async () => {
    const logs = open()
    const text = 'x'.repeat(1000)
    for (let n = 0; n < 20_000; n++) {
      logs.append(ID, 'stderr', text)
      if (n % 500 === 0) await logs.read(ID, { limit: 1 })
    }
    await clock.advance(60_000)
    logs.append(ID, 'stderr', 'calm')
    let stored = 0
    let dropped = 0
    for (let after = 0; ;) {
      const page = await logs.read(ID, { after, limit: 10_000 })
      if (page.length === 0) break
      after = page.at(-1)?.seq ?? 0
      stored += page.filter((line) => line.stream === 'stderr').length
      for (const line of page)
        dropped += Number(/^(\d+) lines? (?:was|were) dropped/.exec(line.text)?.[1] ?? 0)
    }
    expect(stored + dropped).toBe(20_001)
    expect(dropped).toBeGreaterThan(10_000)
    expect(texts(await logs.read(ID, { tail: 1 }))).toEqual(['calm'])
  })

  it('lets no flood take another server’s lines', async () => {
    const logs = open()
    for (let n = 0; n < 20_000; n++) logs.append(ID, 'stderr', 'x'.repeat(1000))
    for (let n = 0; n < 100; n++) logs.append(OTHER, 'stderr', `quiet ${n}`)
    expect(await logs.read(OTHER, {})).toHaveLength(100)
  })

  it('counts what could not be written, and writes on when it can', async () => {
    const path = join(dir, 'blocked')
    await writeFile(path, 'a file where the directory should be')
    const logs = open({}, path)
    logs.append(ID, 'stderr', 'lost')
    logs.append(ID, 'stderr', 'lost too')
    await expect(logs.read(ID, {})).rejects.toMatchObject({ code: 'ENOTDIR' })
    await rm(path)
    logs.append(ID, 'stderr', 'kept')
    await logs.read(ID, {})
    logs.append(ID, 'stderr', 'kept too')
    expect((await logs.read(ID, {})).map(({ seq, text }) => [seq, text])).toEqual([
      [1, 'kept'],
      [2, '2 lines were dropped here: more came than could be written'],
      [3, 'kept too'],
    ])
  })
})

describe('a closed file', () => {
  const fill = async (logs: LogFiles) => {
    for (let n = 1; n <= 300; n++) {
      logs.append(ID, n % 2 === 0 ? 'stderr' : 'stdout', `line ${n} ${'é'.repeat(n % 40)}`)
      if (n % 5 === 0) await logs.read(ID, { limit: 1 })
    }
  }
  const numbers = (lines: readonly LogLine[]) => lines.map(({ seq }) => seq)
  const all = Array.from({ length: 300 }, (_, n) => n + 1)

  it('R-42: is packed, and read from both ends, from the middle and by looking for lines as before', async () => {
    const logs = open({ maxBytes: 4000, maxFiles: 100 })
    await fill(logs)
    const names = await segments()
    expect(names.filter((name) => name.endsWith('.ndjson.gz'))).toHaveLength(names.length - 1)
    expect(numbers(await logs.read(ID, {}))).toEqual(all)
    expect(numbers(await logs.read(ID, { tail: 250 }))).toEqual(all.slice(50))
    expect(numbers(await logs.read(ID, { after: 77, limit: 100 }))).toEqual(all.slice(77, 177))
    const search = {
      text: 'LINE 1',
      mode: 'literal',
      isCaseSensitive: false,
      from: null,
      limit: 400,
    } as const
    const hits = async (direction: 'older' | 'newer') =>
      numbers(
        (await logs.search(ID, { ...search, direction, counts: true }, new AbortController().signal)).lines,
      )
    const wanted = all.filter((n) => `${n}`.startsWith('1'))
    expect(await hits('newer')).toEqual(wanted)
    expect(await hits('older')).toEqual(wanted.toReversed())
  })

  it('is a gzip file of the very bytes, with the time of its last line, for its owner alone', async () => {
    const logs = open({ maxBytes: 300_000, maxFiles: 100 })
    for (let n = 0; n < 30; n++) {
      logs.append(ID, 'platform', `${n} ${'x'.repeat(15_000)}`)
      await logs.read(ID, { limit: 1 })
    }
    const [first = ''] = await segments()
    const path = join(dir, ID, first)
    const { mode, mtimeMs, size } = await stat(path)
    expect(mode & 0o777).toBe(0o600)
    expect(size).toBeLessThan(10_000)
    const lines = gunzipSync(await readFile(path))
      .toString()
      .trimEnd()
      .split('\n')
    expect(lines.map((text) => (JSON.parse(text) as LogLine).seq)).toEqual(lines.map((_, n) => n + 1))
    const old = mtimeMs - 86_400_000
    await utimes(path, old / 1000, old / 1000)
    expect(await logs.findOlder(ID, old + 1000)).toMatchObject({ files: 1 })
  })

  it('that a dead daemon left in both forms, half packed or packed as the newest is one, and the numbers go on', async () => {
    const logs = open({ maxBytes: 4000, maxFiles: 100 })
    await fill(logs)
    const names = await segments()
    await logs.close()
    const [first = '', second = ''] = names
    const newest = names.at(-1) ?? ''
    const plain = (name: string) => join(dir, ID, name.replace('.gz', ''))
    await writeFile(plain(first), gunzipSync(await readFile(join(dir, ID, first))))
    await writeFile(`${plain(second)}.gz.tmp`, 'half')
    await packSegment(join(dir, ID, newest))
    const again = open({ maxBytes: 4000, maxFiles: 100 })
    expect(numbers(await again.read(ID, {}))).toEqual(all)
    again.append(ID, 'stderr', 'next')
    expect(numbers(await again.read(ID, { tail: 2 }))).toEqual([300, 301])
    expect((await segments()).filter((name) => name.endsWith('.gz'))).toHaveLength(names.length)
  })

  it('that is damaged loses the stretch that is, and no other file', async () => {
    const logs = open({ maxBytes: 4000, maxFiles: 100 })
    await fill(logs)
    const [first = '', second = ''] = await segments()
    const bytes = await readFile(join(dir, ID, first))
    bytes[bytes.length >> 1]! ^= 0xff
    await writeFile(join(dir, ID, first), bytes)
    const from = Number(second.slice(0, 16))
    expect(numbers(await logs.read(ID, {}))).toEqual(all.slice(from - 1))
  })

  it('goes while it is packed, in either form, and stays away', async () => {
    const logs = open({ maxBytes: 4000, maxFiles: 2 })
    await fill(logs)
    expect(await segments()).toHaveLength(2)
    const path = join(dir, ID, '0000000000009000.ndjson')
    await writeFile(path, '{"seq":9000}\n')
    const packing = packSegment(path)
    await rm(path)
    await packing
    expect((await readdir(join(dir, ID))).filter((name) => name.includes('9000'))).toEqual([])
  })
})

describe('removing', () => {
  it('leaves no directory', async () => {
    const logs = open()
    logs.append(ID, 'stderr', 'gone')
    await logs.remove(ID)
    await logs.remove(ID)
    await expect(stat(join(dir, ID))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await logs.read(ID, {})).toEqual([])
  })
})

describe('what is kept on the disk', () => {
  const sizes = async () =>
    Promise.all((await segments()).map(async (name) => (await stat(join(dir, ID, name))).size))

  it('R-40: never exceeds the size of a file times their number, whatever the lines become as JSON', async () => {
    const maxBytes = 64 * 1024
    const logs = open({ maxBytes, maxFiles: 3 })
    for (let round = 0; round < 20; round++) {
      // One character that takes six bytes in the file.
      for (let n = 0; n < 40; n++) logs.append(ID, 'stderr', '\u0001'.repeat(1000))
      await logs.read(ID, { limit: 1 })
    }
    const found = await sizes()
    expect(found.length).toBe(3)
    expect(Math.max(...found)).toBeLessThanOrEqual(maxBytes)
    const seqs = (await logs.read(ID, { tail: 10_000 })).map(({ seq }) => seq)
    expect(seqs.at(-1)).toBe(800)
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index))
  })

  it('is removed once its last line is old, and the numbers go on', async () => {
    const logs = open({ maxBytes: 200 })
    for (const text of ['one', 'two', 'three', 'four', 'five']) {
      logs.append(ID, 'stderr', text)
      await logs.read(ID, {})
    }
    expect((await segments()).length).toBe(2)
    const limit = Date.now() - 60_000
    expect(await logs.findOlder(ID, limit)).toBe(null)
    expect(await logs.removeOlder(ID, limit)).toBe(0)
    const age = async () => {
      for (const name of await segments())
        await utimes(join(dir, ID, name), limit / 1000 - 1, limit / 1000 - 1)
    }
    await age()
    expect(await logs.findOlder(ID, limit)).toMatchObject({ files: 2, bytes: 2 * 4096 })
    expect(await logs.removeOlder(ID, limit)).toBeGreaterThan(0)
    expect(texts(await logs.read(ID, {}))).toEqual([])
    logs.append(ID, 'stderr', 'six')
    expect((await logs.read(ID, {})).map(({ seq, text }) => [seq, text])).toEqual([[6, 'six']])
    await age()
    expect(await logs.removeOlder(ID, limit)).toBeGreaterThan(0)
    expect(await logs.findOlder(ID, limit)).toBe(null)
    await logs.close()
    const again = open()
    again.append(ID, 'stderr', 'seven')
    expect((await again.read(ID, {})).map(({ seq, text }) => [seq, text])).toEqual([[7, 'seven']])
  })

  it('I9: counts what it dropped, each stream by itself, with no line lost or counted twice', async () => {
    const logs = open()
    for (let n = 0; n < 30_000; n++) logs.append(ID, n % 3 === 0 ? 'stdout' : 'stderr', 'x'.repeat(400))
    await logs.read(ID, { limit: 1 })
    const dropped = logs.dropped(ID)
    let stored = 0
    const told: number[] = []
    for (let after = 0; ;) {
      const page = await logs.read(ID, { after, limit: 10_000 })
      if (page.length === 0) break
      after = page.at(-1)?.seq ?? 0
      stored += page.filter(({ stream }) => stream !== 'platform').length
      told.push(...page.flatMap(({ text }) => /^(\d+) lines? w/.exec(text)?.[1] ?? []).map(Number))
    }
    expect(dropped.platform).toBe(0)
    expect(dropped.stdout).toBeGreaterThan(1000)
    expect(stored + dropped.stdout + dropped.stderr).toBe(30_000)
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(dropped.stdout + dropped.stderr)
  })

  it('R-42: a cursor goes over closed files while they are written, none lost or doubled', async () => {
    const logs = open({ maxBytes: 16 * 1024, maxFiles: 100 })
    const seen: string[] = []
    let sent = 0
    for (let after = 0; seen.length < 5000;) {
      for (let n = 0; n < 50 && sent < 5000; n++) logs.append(ID, 'stderr', `line ${sent++}`)
      await clock.advance(10)
      const page = await logs.read(ID, { after, limit: 37 })
      after = page.at(-1)?.seq ?? after
      seen.push(...texts(page))
    }
    expect(seen).toEqual(Array.from({ length: 5000 }, (_, n) => `line ${n}`))
    expect((await segments()).length).toBeGreaterThan(10)
  })
})
