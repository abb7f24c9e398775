/**
 * Closed segments that are past their time. A record of the chain says, before any goes, up to which one the operator
 * had them removed and what its hash was: the check takes a log that begins later for whole only by that word.
 */
import { open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditRecord } from '../../domain/audit.ts'
import { AppError } from '../../domain/error.ts'
import type { JsonObject } from '../../domain/json.ts'
import { syncDirectory } from '../../system/files.ts'
import type { AuditSegment, AuditStore } from '../sqlite/audit-store.ts'
import { CHAIN_START, hashRecord, type ChainEnd } from './chain.ts'
import { parseRecord } from './record-text.ts'
import { readSegment, SEGMENTS_FOLDER } from './segments.ts'

const PRUNED = 'audit.pruned'
/** More than one record ever takes. */
const TAIL_BYTES = 512 * 1024

/** Where the log begins: after the records whose segments are gone from its front. Nothing is said of why they are. */
export async function findBegin(store: Pick<AuditStore, 'listSegments'>, dir: string): Promise<ChainEnd> {
  const segments = store.listSegments()
  const first = segments[0]
  if (first === undefined) return CHAIN_START
  let begin: ChainEnd = { seq: first.firstSeq - 1, hash: first.prevHash }
  for (const segment of segments) {
    if (await isThere(dir, segment)) break
    begin = { seq: segment.lastSeq, hash: segment.lastHash }
  }
  return begin
}

/** This record is the platform's word that what was before `begin` went for its age. */
export function tellsOf(record: AuditRecord, begin: ChainEnd): boolean {
  const { action, via, actor, details } = record
  if (action !== PRUNED || via !== 'platform' || actor !== 'platform') return false
  const last = details['last_seq']
  if (typeof last !== 'number' || last < begin.seq) return false
  return last > begin.seq || details['last_hash'] === begin.hash
}

/** From the front on, those whose last record is older. */
export async function listOldSegments(
  store: Pick<AuditStore, 'listSegments'>,
  dir: string,
  time: number,
): Promise<readonly AuditSegment[]> {
  const { seq } = await findBegin(store, dir)
  const old: AuditSegment[] = []
  for (const segment of store.listSegments().filter(({ firstSeq }) => firstSeq > seq)) {
    const last = await readLast(dir, segment)
    if (last === null || Date.parse(last.ts) >= time) break
    old.push(segment)
  }
  return old
}

/** Throws AppError `conflict` where they are not as they were written: what somebody changed is evidence. */
export async function pruneSegments(
  store: Pick<AuditStore, 'listSegments'>,
  dir: string,
  time: number,
  record: (action: string, details: JsonObject) => void,
): Promise<void> {
  const old = await listOldSegments(store, dir, time)
  const [first, last] = [old[0], old.at(-1)]
  if (first === undefined || last === undefined) return
  await assertWhole(dir, old)
  record(PRUNED, { first_seq: first.firstSeq, last_seq: last.lastSeq, last_hash: last.lastHash })
  const folder = join(dir, SEGMENTS_FOLDER)
  for (const { file } of old) await rm(join(folder, file), { force: true })
  await syncDirectory(folder)
}

async function assertWhole(dir: string, segments: readonly AuditSegment[]): Promise<void> {
  for (const segment of segments) {
    let at: ChainEnd = { seq: segment.firstSeq - 1, hash: segment.prevHash }
    for await (const record of readSegment(dir, segment)) {
      const isNext = record !== null && record.seq === at.seq + 1 && record.prevHash === at.hash
      if (!isNext || hashRecord(record) !== record.hash) throw refuse(at.seq + 1)
      at = { seq: record.seq, hash: record.hash }
    }
    if (at.seq !== segment.lastSeq || at.hash !== segment.lastHash) throw refuse(at.seq + 1)
  }
}

function refuse(seq: number): AppError {
  return new AppError('conflict', `Old audit records stay: number ${seq} is not as it was written.`, {
    hint: 'See haivemind audit verify.',
  })
}

async function isThere(dir: string, { file }: AuditSegment): Promise<boolean> {
  return stat(join(dir, SEGMENTS_FOLDER, file)).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
}

/** Null where it is not the record that it should be. */
async function readLast(dir: string, { file, lastSeq, lastHash }: AuditSegment): Promise<AuditRecord | null> {
  const handle = await open(join(dir, SEGMENTS_FOLDER, file), 'r')
  try {
    const { size } = await handle.stat()
    const length = Math.min(size, TAIL_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
    const text = buffer.toString('utf8', 0, bytesRead).trimEnd()
    const record = parseRecord(text.slice(text.lastIndexOf('\n') + 1))
    return record?.seq === lastSeq && record.hash === lastHash ? record : null
  } finally {
    await handle.close()
  }
}
