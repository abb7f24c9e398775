import { createPublicKey } from 'node:crypto'
import type { AuditEntry, AuditLog, AuditReader } from '../../domain/audit.ts'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/error.ts'
import { findStorageTrouble } from '../../domain/storage-error.ts'
import type { JsonObject } from '../../domain/json.ts'
import { startRepeating } from '../../domain/repeat.ts'
import { makeDirectoryDurable } from '../../system/files.ts'
import type { Logger } from '../../system/log.ts'
import type { AuditStore } from '../sqlite/audit-store.ts'
import { adoptSegments } from './adopt-segments.ts'
import { boundEntry } from './bound-entry.ts'
import { CHAIN_START, hashRecord, type ChainEnd } from './chain.ts'
import { findBegin, listOldSegments, pruneSegments } from './prune-segments.ts'
import { closeSegment, pagesOf, readSegmentText, renderLines } from './segments.ts'
import { openSignedFiles, readHead } from './signed-files.ts'
import { openSigningKey } from './signing-key.ts'
import { buildStatement, isSignedBy } from './statement.ts'
import { verifyAudit } from './verify-audit.ts'

const CHECKPOINT_RECORDS = 1_000
const CHECKPOINT_MS = 3_600_000

export interface AuditTrail extends AuditLog, AuditReader {
  /** For those who verify elsewhere. */
  readonly publicKey: string
  /** Records of closed segments that are wholly older. */
  countBefore(time: number): Promise<number>
  /** Removes them, and says so in the log first. Throws AppError `conflict`. */
  removeBefore(time: number): Promise<void>
  close(): void
}

type Deps = {
  readonly store: AuditStore
  /** Holds key, head and checkpoints; made when it is not there. */
  readonly dir: string
  /** Of the database, for checking it as it is on the disk. */
  readonly path: string
  /** A closed segment has so many records, and as many at least stay in the database. */
  readonly segmentRecords: number
  readonly clock: Clock
  readonly log: Logger
}

/** The one writer of the chain. */
export async function openAuditTrail(deps: Deps): Promise<AuditTrail> {
  const { store, dir, path, segmentRecords, clock, log } = deps
  await makeDirectoryDurable(dir, 0o700)
  const key = await openSigningKey(dir)
  const head = await readHead(dir)
  const files = openSignedFiles(dir)
  const adopted = await adoptSegments(store, dir)
  if (adopted > 0)
    log.warn('closed segments of the audit log were entered into the database again', { adopted })
  const found: ChainEnd = store.end() ?? CHAIN_START
  const isHeadTrue = head !== null && head !== undefined && isSignedBy(createPublicKey(key.publicPem), head)
  // Records that a head speaks of and that are gone leave a gap: their numbers are never given out again.
  let end: ChainEnd = isHeadTrue && head.seq > found.seq ? { seq: head.seq, hash: head.hash } : found
  let checked = { seq: end.seq, at: clock.monotonic() }

  const checkpoint = () => {
    if (end.seq === checked.seq) return
    try {
      files.appendCheckpoint(buildStatement(end, new Date(clock.now()).toISOString(), key))
      checked = { seq: end.seq, at: clock.monotonic() }
    } catch (err) {
      log.error('a checkpoint of the audit log could not be written; the next record tries again', { err })
    }
  }

  const record = (entry: AuditEntry) => {
    const ts = new Date(clock.now()).toISOString()
    try {
      const unhashed = { ...boundEntry(entry), seq: end.seq + 1, ts, prevHash: end.hash }
      const hash = hashRecord(unhashed)
      store.append({ ...unhashed, hash })
      end = { seq: unhashed.seq, hash }
      files.writeHead(buildStatement(end, ts, key))
    } catch (err) {
      log.error('the audit log cannot be written', { err, action: entry.action })
      const code = findStorageTrouble(err) === 'disk_full' ? 'disk_full' : 'audit_unavailable'
      throw new AppError(code, 'The audit log cannot be written, so this may not happen.', { cause: err })
    }
    const isDue = clock.monotonic() - checked.at >= CHECKPOINT_MS
    if (isDue || end.seq - checked.seq >= CHECKPOINT_RECORDS) checkpoint()
  }

  const recordOwn = (action: string, details: JsonObject) => {
    const about = { resource: null, outcome: 'success', requestId: null, ip: null } as const
    record({ actor: 'platform', via: 'platform', action, details, ...about })
  }
  const say = (action: string, details: JsonObject) => {
    try {
      recordOwn(action, details)
    } catch {
      // Logged; whatever needs the log meets the same fault, and is refused.
    }
  }
  if (end.seq > found.seq) {
    log.error('audit records are missing', { first: found.seq + 1, last: end.seq })
    say('audit.records_missing', { first_seq: found.seq + 1, last_seq: end.seq })
  } else if (found.seq > 0 && !isHeadTrue) {
    log.error('the head of the audit log is missing or not the platform’s')
    say('audit.head_missing', { after_seq: found.seq })
  }
  if (key.isNew) say('audit.key_created', { key_id: key.id })
  // A segment that is closed under an export would be missing in it.
  let exports = 0
  const rotate = async () => {
    if (exports > 0) return
    try {
      while ((await closeSegment(store, dir, segmentRecords)) !== null);
    } catch (err) {
      log.error('audit records could not be moved to a file; they stay in the database', { err })
    }
  }
  await rotate()
  const stop = startRepeating(clock, CHECKPOINT_MS, async () => {
    checkpoint()
    await rotate()
  })

  return {
    publicKey: key.publicPem,
    record,
    list: (query) => store.list(query),
    async *export() {
      exports++
      try {
        const { seq } = await findBegin(store, dir)
        for (const segment of store.listSegments().filter(({ firstSeq }) => firstSeq > seq))
          yield* readSegmentText(dir, segment)
        for (const page of pagesOf(store, 0)) yield renderLines(page)
      } finally {
        exports--
      }
    },
    verify: () => verifyAudit({ path, dir }),
    async countBefore(time) {
      const old = await listOldSegments(store, dir, time)
      return old.reduce((sum, { firstSeq, lastSeq }) => sum + lastSeq - firstSeq + 1, 0)
    },
    async removeBefore(time) {
      // An export that is under way reads them; the next clean-up is soon enough.
      if (exports === 0) await pruneSegments(store, dir, time, recordOwn)
    },
    close() {
      stop()
      checkpoint()
      files.close()
    },
  }
}
