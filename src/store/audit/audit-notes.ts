import type { AuditEntry, AuditLog, AuditNotes } from '../../domain/audit.ts'
import type { Clock } from '../../domain/clock.ts'
import { startRepeating } from '../../domain/repeat.ts'
import type { Logger } from '../../system/log.ts'

const WINDOW_MS = 60_000
/** Different things that are written in one window; each costs the disk a sync. */
const MAX_DIFFERENT = 200

type Seen = { readonly entry: AuditEntry; repeats: number }

/** The first of a kind is written at once, with its request; the same again within a minute is one more record with a count. */
export function createAuditNotes(deps: {
  readonly audit: AuditLog
  readonly clock: Clock
  readonly log: Logger
}): AuditNotes & { close(): void } {
  const { audit, clock, log } = deps
  const seen = new Map<string, Seen>()
  let others = 0

  const write = (entry: AuditEntry) => {
    try {
      audit.record(entry)
    } catch (err) {
      // What is noted changes nothing, so it goes on; the trail logged the cause.
      log.warn('a note for the audit log is lost', { err, action: entry.action, outcome: entry.outcome })
    }
  }
  const endWindow = () => {
    for (const { entry, repeats } of seen.values()) {
      if (repeats > 0) write({ ...entry, requestId: null, details: { ...entry.details, repeated: repeats } })
    }
    seen.clear()
    if (others > 0) write({ ...NOBODYS, details: { not_listed: others } })
    others = 0
  }
  const stop = startRepeating(clock, WINDOW_MS, endWindow)

  return {
    note(entry) {
      const { actor, via, ip, action, resource, outcome, details } = entry
      const kind = JSON.stringify([actor, via, ip, action, resource, outcome, details])
      const known = seen.get(kind)
      if (known !== undefined) known.repeats++
      else if (seen.size >= MAX_DIFFERENT) others++
      else {
        seen.set(kind, { entry, repeats: 0 })
        write(entry)
      }
    },
    close() {
      stop()
      endWindow()
    },
  }
}

const NOBODYS = {
  actor: 'platform',
  via: 'platform',
  ip: null,
  action: 'audit.notes_not_listed',
  resource: null,
  outcome: 'success',
  requestId: null,
} as const
