import type { AuditRecord, AuditVerdict } from '../../domain/audit.ts'
import { hashRecord, type ChainEnd } from './chain.ts'
import type { Statement } from './statement.ts'

type Problem = NonNullable<AuditVerdict['problem']>

/** What was said about the chain beside it. */
export type Claims = {
  /** In order; null stands for what is no statement. */
  readonly checkpoints: readonly (Statement | null)[]
  /** Undefined: there is none. Null: it is no statement. */
  readonly head: Statement | null | undefined
  /** Is it signed by the platform's key? */
  readonly isTrue: (statement: Statement) => boolean
  /** What is before it was removed for its age. */
  readonly begin: ChainEnd
}

export interface ChainCheck {
  /** Takes the next record; null is one that cannot be read. False once the chain is broken. */
  add(record: AuditRecord | null): boolean
  /** The first record that is not as it was written; ask after the last one. */
  finish(): Problem | null
  /** The newest record that is as it was written. */
  end(): ChainEnd
}

export function createChainCheck(claims: Claims): ChainCheck {
  const { head, isTrue } = claims
  const checkpoints = claims.checkpoints.filter((statement) => statement !== null)
  const claimed = new Map(checkpoints.map((statement) => [statement.seq, statement.hash]))
  let end = claims.begin
  /** The newest record that a checkpoint vouches for. */
  let vouched = claims.begin.seq
  let broken: Problem | null = null

  const judge = (record: AuditRecord | null): Problem | null => {
    const seq = end.seq + 1
    if (record === null) return { seq, reason: 'cannot be read' }
    if (record.seq > seq) return { seq, reason: `is missing: ${record.seq} follows ${end.seq}` }
    if (record.seq < seq) return { seq, reason: `is missing: ${record.seq} stands in its place` }
    if (hashRecord(record) !== record.hash) return { seq, reason: 'was changed: its hash is another' }
    if (record.prevHash !== end.hash) {
      return { seq: Math.max(1, end.seq), reason: `was changed, or ${seq} was: the two do not fit` }
    }
    const signed = claimed.get(seq) ?? (head?.seq === seq && isTrue(head) ? head.hash : record.hash)
    if (signed === record.hash) return null
    return {
      seq: vouched + 1,
      reason: `or one after it up to ${seq} was changed: the signature on ${seq} says so`,
    }
  }

  return {
    add(record) {
      broken = judge(record)
      if (broken !== null || record === null) return false
      end = { seq: record.seq, hash: record.hash }
      if (claimed.has(end.seq)) vouched = end.seq
      return true
    },
    finish() {
      const found = [findUntrue(claims), broken ?? findCut(end, claims)]
      return found.filter((problem) => problem !== null).sort((a, b) => a.seq - b.seq)[0] ?? null
    },
    end: () => end,
  }
}

function findUntrue({ checkpoints, isTrue }: Claims): Problem | null {
  let last = 0
  for (const statement of checkpoints) {
    if (statement === null)
      return { seq: last + 1, reason: 'or a later one has a checkpoint that cannot be read' }
    if (!isTrue(statement))
      return { seq: statement.seq, reason: 'has a checkpoint that is not signed by this key' }
    last = statement.seq
  }
  return null
}

/** Records that are gone from the end are known by what was signed about them. */
function findCut({ seq }: ChainEnd, { checkpoints, head, isTrue }: Claims): Problem | null {
  const furthest = Math.max(head?.seq ?? 0, ...checkpoints.map((statement) => statement?.seq ?? 0))
  if (furthest > seq) {
    return { seq: seq + 1, reason: `is missing, with all up to ${furthest}: a signature speaks of them` }
  }
  if (seq === 0) return null
  if (head === undefined) return { seq, reason: 'or later ones may be missing: there is no signed head' }
  if (head !== null && isTrue(head)) return null
  return { seq, reason: 'or later ones may be missing: the head is not signed by this key' }
}
