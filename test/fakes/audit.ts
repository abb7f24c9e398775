import type { AuditEntry, AuditLog } from '../../src/domain/audit.ts'
import { AppError } from '../../src/domain/error.ts'

/** Keeps entries in memory; `fail` makes it refuse as a full disk does. */
export function createFakeAudit(): AuditLog & {
  readonly entries: AuditEntry[]
  fail(isBroken: boolean): void
} {
  const entries: AuditEntry[] = []
  let isBroken = false
  return {
    entries,
    fail: (value) => void (isBroken = value),
    record(entry) {
      if (isBroken) throw new AppError('audit_unavailable', 'The audit log cannot be written.')
      entries.push(entry)
    },
  }
}
