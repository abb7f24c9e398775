/** Who did what, kept so that a later change of it is found: docs/audit.md. */
import type { JsonObject } from './json.ts'

export const AUDIT_CHANNELS = ['api', 'mcp', 'cli', 'dashboard', 'gateway', 'platform'] as const
export const AUDIT_OUTCOMES = ['attempt', 'success', 'failure', 'denied'] as const
type Outcome = (typeof AUDIT_OUTCOMES)[number]

export type AuditEntry = {
  /** A principal's id, `nobody` before somebody is known, or `platform`. */
  readonly actor: string
  readonly via: (typeof AUDIT_CHANNELS)[number]
  /** Of the peer; null where nothing came over the network. */
  readonly ip: string | null
  /** For example `server.stop`. */
  readonly action: string
  /** For example `server:weather`. */
  readonly resource: string | null
  /** An act has an attempt before it and one of the others after it; an attempt that stands alone was cut short. */
  readonly outcome: Outcome
  readonly requestId: string | null
  /** Names, numbers, settings before and after; never a secret, an environment value or the arguments of a tool. */
  readonly details: JsonObject
}

/** An entry in its place in the chain. */
export type AuditRecord = AuditEntry & {
  /** From 1, without a gap. */
  readonly seq: number
  /** RFC 3339. */
  readonly ts: string
  readonly prevHash: string
  readonly hash: string
}

export interface AuditLog {
  /** Durable when it returns. Throws AppError `audit_unavailable` (503), or `disk_full`: then the act must not happen. */
  record(entry: AuditEntry): void
}

/** For refusals and reads, which change nothing and go on when the log cannot be written. */
export interface AuditNotes {
  /** Never throws. Bounded: what repeats within a minute is counted, so that no stranger fills the log. */
  note(entry: AuditEntry): void
}

/** Each part narrows; `before` and `after` are numbers of records. */
export type AuditQuery = {
  readonly before?: number
  readonly after?: number
  readonly actor?: string
  readonly action?: string
  readonly resource?: string
  readonly outcome?: Outcome
  /** RFC 3339, which sorts as it is. */
  readonly since?: string
  readonly until?: string
  readonly limit: number
  readonly order: 'newest' | 'oldest'
}

/** What a check of the whole chain found. */
export type AuditVerdict = {
  /** The first record that is not as it was written; null when all are. */
  readonly problem: { readonly seq: number; readonly reason: string } | null
  readonly records: number
  /** The first that is kept. */
  readonly firstSeq: number
  readonly checkpoints: number
  /** The newest record that is as it was written. */
  readonly seq: number
  readonly hash: string
  /** Whose signatures were checked. */
  readonly keyId: string | null
}

export interface AuditReader {
  /** Those not yet closed into a segment. */
  list(query: AuditQuery): readonly AuditRecord[]
  /** One JSON line a record, from the first, closed segments included; in pieces of whole lines. */
  export(): AsyncIterable<string>
  verify(): Promise<AuditVerdict>
}
