import type { AuditNotes } from '../domain/audit.ts'
import type { EventSink } from '../domain/event.ts'
import type { Settled } from '../store/manifests/settle-manifests.ts'
import type { Recovery } from '../store/recovery/open-recovered-store.ts'
import type { Logger } from '../system/log.ts'

/** In the log, the event stream and the audit log: a database that was mended is never passed over in silence. */
export function announceRecovery(
  { recovery, settled }: { readonly recovery: Recovery | null; readonly settled: Settled },
  { notes, events, log }: { readonly notes: AuditNotes; readonly events: EventSink; readonly log: Logger },
): void {
  const about = { actor: 'platform', via: 'platform', ip: null, resource: null, requestId: null } as const
  if (recovery !== null) {
    const { why, servers, versions, held, missing, unreadable, movedTo, lost } = recovery
    log.error('the database was made anew from the manifests beside the stored versions', {
      why,
      servers,
      versions,
      held,
      missing,
      unreadable,
      moved_to: movedTo,
      lost,
      next: 'make tokens and accounts anew (haivemind setup-code, user add, token create), set secrets again, approve what is held',
    })
    events.emit({ type: 'database.rebuilt', why, servers: servers.length, held, lost })
    const details = { why, servers: [...servers], held: [...held], lost: [...lost] }
    notes.note({ ...about, action: 'database.rebuild', outcome: 'success', details })
  }
  const { restored, doubtful } = settled
  if (restored.length + doubtful.length === 0) return
  events.emit({ type: 'database.repaired', restored, doubtful })
  const details = { restored: [...restored], doubtful: [...doubtful] }
  notes.note({ ...about, action: 'database.repair', outcome: 'success', details })
}
