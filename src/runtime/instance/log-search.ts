/** Looks for lines in a server's segments: the bytes first, and the lines that may hold it then. */
import { buildLogMatcher, type LogLine } from '../../domain/log-line.ts'
import { parsePattern, type LogHits, type LogSearch } from '../../domain/log-search.ts'
import { parseLogLine, readStretches, type Segment } from './log-segments.ts'

/** One stretch without a pause for others: about 1 ms. */
const STRETCH_BYTES = 512 * 1024
/** Whoever waits for a line is shown the first ones before so much more is gone through: less than a second. */
const PATIENCE_BYTES = 64 * 1024 * 1024
const NEWLINE = 10
const MAX_LIMIT = 1_000

/** @param segments oldest first */
export async function searchSegments(
  segments: readonly Segment[],
  search: LogSearch,
  signal: AbortSignal,
): Promise<LogHits> {
  const { direction, from, counts } = search
  const limit = Math.min(search.limit, MAX_LIMIT)
  const isOlder = direction === 'older'
  const range = from === null ? {} : isOlder ? { before: from } : { after: from }
  const isWanted = buildLogMatcher({ ...search, ...range })
  const pattern = parsePattern(search)
  const mark = buildMark(pattern.core, search.isCaseSensitive)
  const found: LogLine[] = []
  let seen = 0
  let scannedBytes = 0
  let unanswered = 0
  for (const { path } of pickSegments(segments, search)) {
    for await (const bytes of readStretches(path, isOlder)) {
      for (const [start, end] of cutStretches(bytes, isOlder)) {
        signal.throwIfAborted()
        scannedBytes += end - start
        if (found.length > 0 && !counts) unanswered += end - start
        if (unanswered > PATIENCE_BYTES) return { lines: found, seen, isComplete: false, scannedBytes }
        const hits = listCandidates(bytes, start, end, mark).filter(
          (line) => isWanted(line) && pattern.matches(line.text),
        )
        for (const line of isOlder ? hits.toReversed() : hits) {
          // One beyond what is asked for says that there is more.
          if (found.length >= limit && !counts) return { lines: found, seen, isComplete: false, scannedBytes }
          seen++
          if (found.length < limit) found.push(line)
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }
  return { lines: found, seen, isComplete: seen === found.length, scannedBytes }
}

/** Those that may hold lines of the range, in the order in which they are gone through. */
function pickSegments(segments: readonly Segment[], { direction, from }: LogSearch): readonly Segment[] {
  if (direction === 'older') {
    return segments.filter(({ firstSeq }) => from === null || firstSeq < from).toReversed()
  }
  const first = from === null ? 0 : segments.findLastIndex(({ firstSeq }) => firstSeq <= from + 1)
  return segments.slice(Math.max(first, 0))
}

/** Whole lines, from the end or from the start. */
function* cutStretches(bytes: Buffer, isBackward: boolean): Generator<readonly [number, number]> {
  if (!isBackward) {
    for (let start = 0; start < bytes.length;) {
      const at = bytes.indexOf(NEWLINE, Math.min(start + STRETCH_BYTES, bytes.length))
      const end = at < 0 ? bytes.length : at + 1
      yield [start, end]
      start = end
    }
    return
  }
  for (let end = bytes.length; end > 0;) {
    const wanted = end - STRETCH_BYTES
    const start = wanted <= 0 ? 0 : bytes.lastIndexOf(NEWLINE, wanted) + 1
    yield [start, end]
    end = start
  }
}

/**
 * What every line that is looked for holds as bytes, for one pass over many of them; null: each line has to be read.
 * Lines are JSON on the disk, so it is looked for as JSON writes it. Without regard to case only ASCII can be found
 * in bytes; the longest run of it will do.
 */
function buildMark(core: string | null, isCaseSensitive: boolean): RegExp | null {
  if (core === null || !core.isWellFormed()) return null
  const plain = isCaseSensitive ? core : longestAscii(core)
  if (plain === '') return null
  const written = Buffer.from(JSON.stringify(plain).slice(1, -1)).toString('latin1')
  return new RegExp(written.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`), isCaseSensitive ? 'g' : 'gi')
}

/** `k` and `s` have other letters that fold to them, so nothing that holds one is known by its bytes. */
function longestAscii(text: string): string {
  return text.split(/[^\x20-\x7e]|[kKsS]/).toSorted((a, b) => b.length - a.length)[0] ?? ''
}

function listCandidates(bytes: Buffer, start: number, end: number, mark: RegExp | null): LogLine[] {
  const lines: LogLine[] = []
  const read = (from: number, to: number) => {
    const line = parseLogLine(bytes.toString('utf8', from, to))
    if (line !== null) lines.push(line)
  }
  if (mark === null) {
    for (let from = start; from < end;) {
      const at = bytes.indexOf(NEWLINE, from)
      const to = at < 0 || at > end ? end : at
      read(from, to)
      from = to + 1
    }
    return lines
  }
  const text = bytes.toString('latin1', start, end)
  mark.lastIndex = 0
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    const from = text.lastIndexOf('\n', match.index) + 1
    const at = text.indexOf('\n', match.index)
    const to = at < 0 ? text.length : at
    read(start + from, start + to)
    mark.lastIndex = to + 1
  }
  return lines
}
