/** Records that left the table: one file a segment, never changed once its row is in the database. */
import { createReadStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { AuditRecord } from '../../domain/audit.ts'
import { syncDirectory } from '../../system/files.ts'
import type { AuditSegment, AuditStore } from '../sqlite/audit-store.ts'
import { parseRecord, renderRecord } from './record-text.ts'

export const SEGMENTS_FOLDER = 'segments'
const PAGE = 500

/** Moves the oldest `count` records into a file once the table holds twice as many. */
export async function closeSegment(
  store: AuditStore,
  dir: string,
  count: number,
): Promise<AuditSegment | null> {
  const [first] = store.list({ limit: 1, order: 'oldest' })
  const end = store.end()
  if (first === undefined || end === null || end.seq - first.seq + 1 < 2 * count) return null
  const lastSeq = first.seq + count - 1
  const file = `${first.seq}-${lastSeq}.jsonl`
  const folder = join(dir, SEGMENTS_FOLDER)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // A file of this name is what a killed daemon left half-written: its records are still in the table.
  const handle = await open(join(folder, file), 'w', 0o600)
  let last = first
  try {
    for (const page of pagesOf(store, first.seq - 1)) {
      const fit = page.filter(({ seq }) => seq <= lastSeq)
      last = fit.at(-1) ?? last
      // Not `write`, which may write less than it is given.
      if (fit.length > 0) await handle.writeFile(renderLines(fit))
      if (fit.length < page.length) break
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  await syncDirectory(folder)
  await syncDirectory(dir)
  const segment = {
    firstSeq: first.seq,
    lastSeq: last.seq,
    prevHash: first.prevHash,
    lastHash: last.hash,
    file,
  }
  store.close(segment)
  return segment
}

/** The records of a segment's file; null for a line that is none. Rejects when the file is not there. */
export async function* readSegment(
  dir: string,
  { file }: Pick<AuditSegment, 'file'>,
): AsyncGenerator<AuditRecord | null> {
  const input = createReadStream(join(dir, SEGMENTS_FOLDER, file), 'utf8')
  for await (const line of createInterface({ input, crlfDelay: Infinity })) yield parseRecord(line)
}

/** The same as it is: whole lines, unless somebody changed the file. */
export function readSegmentText(dir: string, { file }: AuditSegment): AsyncIterable<string> {
  return createReadStream(join(dir, SEGMENTS_FOLDER, file), 'utf8') as AsyncIterable<string>
}

/** What follows the record numbered `after` in the table. */
export function* pagesOf(store: Pick<AuditStore, 'list'>, after: number): Generator<readonly AuditRecord[]> {
  for (let last = after; ;) {
    const page = store.list({ after: last, limit: PAGE, order: 'oldest' })
    const end = page.at(-1)
    if (end === undefined) return
    yield page
    last = end.seq
  }
}

export function renderLines(records: readonly AuditRecord[]): string {
  return records.map((record) => `${JSON.stringify(renderRecord(record))}\n`).join('')
}
