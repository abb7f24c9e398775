import { hashDefinition, hashDrift, listFieldChanges, type DefinitionChange } from '../domain/definition.ts'
import type { PinView } from '../hosting/manage-pins.ts'
import { renderTime } from './schema/common.ts'
import type { PinsJson } from './schema/pins.ts'

export function renderPins({ server, version, mode, record, drift, since }: PinView): PinsJson {
  return {
    server: server.name,
    version: version.number,
    pin: mode,
    pinned_at: record && renderTime(record.pinnedAt),
    pinned_by: record?.pinnedBy ?? null,
    definitions: (record?.definitions ?? []).map((definition) => ({
      kind: definition.kind,
      name: definition.name,
      hash: hashDefinition(definition),
    })),
    drift_hash: hashDrift(drift),
    drift: drift.map((entry) => ({
      ...renderChange(entry),
      withheld: entry.withheld,
      seen_at: renderTime(entry.seenAt),
      findings: entry.findings.map(({ ruleId, severity, confidence, reason, fix, excerpt }) => ({
        rule_id: ruleId,
        severity,
        confidence,
        reason,
        fix,
        excerpt,
      })),
    })),
    since: since && { version: since.number, changes: since.changes.map(renderChange) },
  }
}

function renderChange(change: DefinitionChange): NonNullable<PinsJson['since']>['changes'][number] {
  return {
    kind: change.kind,
    name: change.name,
    change: change.change,
    fields: listFieldChanges(change).map((field) => ({ ...field })),
  }
}
