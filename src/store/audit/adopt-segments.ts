/**
 * Closed segments that the database does not know: it was made anew, or set back. Each that goes on where the chain of
 * the database ends, or where its table begins, is entered again; so that what is missing is what is really gone.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditSegment, AuditStore } from '../sqlite/audit-store.ts'
import { CHAIN_START, hashRecord, type ChainEnd } from './chain.ts'
import { readSegment, SEGMENTS_FOLDER } from './segments.ts'

const NAME = /^(\d{1,15})-(\d{1,15})\.jsonl$/

/** Answers how many. A file that is not whole, not of this chain, or other than the table has it, is left as it is. */
export async function adoptSegments(store: AuditStore, dir: string): Promise<number> {
  const known = store.listSegments()
  const names: readonly string[] = await readdir(join(dir, SEGMENTS_FOLDER)).catch(() => [])
  const files = names
    .flatMap((file) => {
      const [, first, last] = NAME.exec(file) ?? []
      return first === undefined ? [] : [{ file, firstSeq: Number(first), lastSeq: Number(last) }]
    })
    .filter(({ file }) => known.every((segment) => segment.file !== file))
    .toSorted((a, b) => a.firstSeq - b.firstSeq)
  let end = await findStart(dir, known.at(-1), files[0])
  let adopted = 0
  for (const each of files) {
    const last = each.firstSeq === end.seq + 1 ? await follow(store, dir, each, end).catch(() => null) : null
    if (last === null) continue
    store.close({ ...each, prevHash: end.hash, lastHash: last.hash })
    end = last
    adopted++
  }
  return adopted
}

/** What was before the first file of all may have been removed for its age. */
async function findStart(
  dir: string,
  newest: AuditSegment | undefined,
  first: Pick<AuditSegment, 'file' | 'firstSeq'> | undefined,
): Promise<ChainEnd> {
  if (newest !== undefined) return { seq: newest.lastSeq, hash: newest.lastHash }
  if (first === undefined || first.firstSeq === 1) return CHAIN_START
  for await (const record of readSegment(dir, first))
    return record === null ? CHAIN_START : { seq: first.firstSeq - 1, hash: record.prevHash }
  return CHAIN_START
}

/** The chain's end after this file; null where it does not go on from `end` to the number in its name. */
async function follow(
  store: AuditStore,
  dir: string,
  segment: Pick<AuditSegment, 'file' | 'firstSeq' | 'lastSeq'>,
  end: ChainEnd,
): Promise<ChainEnd | null> {
  let at = end
  for await (const record of readSegment(dir, segment)) {
    if (record === null || record.seq !== at.seq + 1 || record.prevHash !== at.hash) return null
    if (hashRecord(record) !== record.hash) return null
    at = { seq: record.seq, hash: record.hash }
  }
  if (at.seq !== segment.lastSeq) return null
  // What the table still has of it is the same, or it is not this chain's. A hash stands for all before it.
  const [inTable] = store.list({ before: at.seq + 1, limit: 1, order: 'newest' })
  if (inTable === undefined || inTable.seq < segment.firstSeq) return at
  return (await hashIn(dir, segment, inTable.seq)) === inTable.hash ? at : null
}

async function hashIn(
  dir: string,
  segment: Pick<AuditSegment, 'file' | 'firstSeq' | 'lastSeq'>,
  seq: number,
): Promise<string | null> {
  for await (const record of readSegment(dir, segment)) {
    if (record?.seq === seq) return record.hash
  }
  return null
}
