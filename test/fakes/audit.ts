import type { AuditEntry, AuditLog, AuditNotes, AuditReader, AuditRecord } from '../../src/domain/audit.ts'
import { AppError } from '../../src/domain/error.ts'

type FakeAudit = AuditLog &
  AuditNotes &
  AuditReader & {
    readonly entries: AuditEntry[]
    readonly noted: AuditEntry[]
    fail(isBroken: boolean): void
  }

/** Keeps entries in memory; `fail` makes it refuse as a full disk does. */
export function createFakeAudit(): FakeAudit {
  const entries: AuditEntry[] = []
  const noted: AuditEntry[] = []
  let isBroken = false
  const list = (): AuditRecord[] =>
    entries.map((entry, index) => ({
      ...entry,
      seq: index + 1,
      ts: '2026-01-01T00:00:00.000Z',
      prevHash: '0'.repeat(64),
      hash: '1'.repeat(64),
    }))
  return {
    entries,
    noted,
    fail: (value) => void (isBroken = value),
    record(entry) {
      if (isBroken) throw new AppError('audit_unavailable', 'The audit log cannot be written.')
      entries.push(entry)
    },
    note(entry) {
      if (!isBroken) noted.push(entry)
    },
    list: ({ before = Infinity, limit }) =>
      list()
        .filter(({ seq }) => seq < before)
        .toReversed()
        .slice(0, limit),
    async *export() {
      for (const record of list()) yield `${JSON.stringify(record)}\n`
    },
    verify: async () => ({
      problem: null,

      records: 0,
      firstSeq: 1,

      checkpoints: 0,
      seq: 0,
      hash: '',
      keyId: null,
    }),
  }
}
