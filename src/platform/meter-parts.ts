/** Parts with a counter in front: what goes through them is counted on its way, and nothing else changes. */
import type { AuditEntry, AuditLog, AuditNotes } from '../domain/audit.ts'
import type { Clock } from '../domain/clock.ts'
import type { ServerId } from '../domain/id.ts'
import type { PlatformMetrics } from '../domain/metric-list.ts'
import type { ScanReport } from '../domain/scan-report.ts'
import type { Intake } from '../hosting/ports.ts'
import type { TrafficMeter } from '../insight/samples/traffic-meter.ts'
import type { LogFiles } from '../runtime/instance/log-files.ts'
import type { EgressLog } from '../runtime/ports.ts'

type NameOf = (serverId: ServerId) => string

export function meterIntake<T extends Intake>(intake: T, metrics: PlatformMetrics, clock: Clock): T {
  const noteScan = ({ findings }: ScanReport, begun: number) => {
    metrics.scanDuration.observe((clock.monotonic() - begun) / 1000)
    for (const { severity } of findings) metrics.scanFindings.add(1, severity)
  }
  const metered: Pick<Intake, 'receive' | 'install' | 'scan'> = {
    async receive(source, signal) {
      const archive = await intake.receive(source, signal)
      metrics.uploadBytes.add(archive.bytes)
      return archive
    },
    install(request, signal) {
      let begun = clock.monotonic()
      return intake.install(
        {
          ...request,
          onStage(stage, status, note) {
            if (stage === 'scan' && status === 'running') begun = clock.monotonic()
            request.onStage(stage, status, note)
          },
          onScan(report) {
            noteScan(report, begun)
            return request.onScan(report)
          },
        },
        signal,
      )
    },
    async scan(archive, signal) {
      const begun = clock.monotonic()
      const report = await intake.scan(archive, signal)
      noteScan(report, begun)
      return report
    },
  }
  return { ...intake, ...metered }
}

export function meterEgress<T extends EgressLog>(
  egress: T,
  metrics: PlatformMetrics,
  { nameOf, traffic }: { readonly nameOf: NameOf; readonly traffic: Pick<TrafficMeter, 'noteBytes'> },
): T {
  const metered: EgressLog = {
    record(serverId, entry) {
      egress.record(serverId, entry)
      const name = nameOf(serverId)
      if (entry.kind === 'refused') metrics.egressDenied.add(1, name)
      if (entry.kind !== 'moved') return
      metrics.egressBytes.add(entry.sent, name, entry.host, 'sent')
      metrics.egressBytes.add(entry.received, name, entry.host, 'received')
      traffic.noteBytes(serverId, entry.sent, entry.received)
    },
  }
  return { ...egress, ...metered }
}

export function meterLogs(logs: LogFiles, metrics: PlatformMetrics, nameOf: NameOf): LogFiles {
  return {
    ...logs,
    append(serverId, stream, text) {
      logs.append(serverId, stream, text)
      const name = nameOf(serverId)
      metrics.logLines.add(1, name, stream)
      metrics.logBytes.add(Buffer.byteLength(text), name, stream)
    },
  }
}

export function meterAudit<T extends AuditLog>(audit: T, metrics: PlatformMetrics): T {
  const metered: AuditLog = {
    record(entry) {
      try {
        audit.record(entry)
      } catch (error) {
        metrics.auditFailures.add(1)
        throw error
      }
      noteRecord(metrics, entry)
    },
  }
  return { ...audit, ...metered }
}

/** A note that repeats is written once a minute, so it is counted when it comes. */
export function meterNotes<T extends AuditNotes>(notes: T, metrics: PlatformMetrics): T {
  const metered: AuditNotes = {
    note(entry) {
      notes.note(entry)
      const code = entry.details['code']
      if (entry.outcome !== 'denied' || (code !== 'unauthenticated' && code !== 'forbidden')) return
      metrics.authAttempts.add(1, code)
    },
  }
  return { ...notes, ...metered }
}

/** Records that somebody came in or was turned away are the attempts to come in. */
function noteRecord(metrics: PlatformMetrics, { action, outcome, details }: AuditEntry): void {
  metrics.auditRecords.add(1, outcome)
  if (!SIGN_INS.has(action) || outcome === 'attempt') return
  const code = typeof details['code'] === 'string' ? details['code'] : outcome
  metrics.authAttempts.add(1, outcome === 'success' ? outcome : code)
}
const SIGN_INS: ReadonlySet<string> = new Set(['session.create', 'setup.claim'])
