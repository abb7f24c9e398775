/** Who did what, kept so that a later change of it is found: docs/audit.md. */
import type { JsonObject } from './json.ts'

export const AUDIT_CHANNELS = ['api', 'mcp', 'cli', 'dashboard', 'gateway', 'platform'] as const
export const AUDIT_OUTCOMES = ['attempt', 'success', 'failure', 'denied'] as const

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
  readonly outcome: (typeof AUDIT_OUTCOMES)[number]
  readonly requestId: string | null
  /** Names and numbers; never a secret, an environment value or the arguments of a tool. */
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
  /** Durable when it returns. Throws AppError `audit_unavailable` (503): then the act must not happen. */
  record(entry: AuditEntry): void
}
