import type { Evidence, ServerHealth } from '../domain/health.ts'
import { renderTime } from './schema/common.ts'
import type { HealthJson } from './schema/health.ts'

export function renderHealth(server: string, found: ServerHealth): HealthJson {
  return {
    server,
    health: found.liveness.status,
    ...renderProbes(found),
    history: found.history.map((slot) => ({ ...renderEvidence(slot), health: slot.health })),
  }
}

export function renderProbes({
  startup,
  liveness,
  readiness,
}: ServerHealth): Pick<HealthJson, 'startup' | 'liveness' | 'readiness'> {
  return {
    startup: { ...startup, evidence: startup.evidence && renderEvidence(startup.evidence) },
    liveness: { ...liveness, evidence: liveness.evidence && renderEvidence(liveness.evidence) },
    readiness: { ...readiness, since: renderTime(readiness.since) },
  }
}

function renderEvidence({
  at,
  how,
  passed,
  ms,
  detail,
}: Evidence): NonNullable<HealthJson['startup']['evidence']> {
  return { at: renderTime(at), how, passed, ms, detail }
}
