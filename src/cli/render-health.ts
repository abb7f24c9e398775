/** The three questions of a server's health, a line each, for people. */
import type { HealthJson } from '../api/schema/health.ts'

type Evidence = NonNullable<HealthJson['liveness']['evidence']>

export function renderHealthRows({
  startup,
  liveness,
  readiness,
  history,
}: HealthJson): readonly (readonly [string, string | null])[] {
  return [
    ['startup', renderAnswer(startup.status, startup.evidence)],
    ['liveness', renderAnswer(liveness.status, liveness.evidence)],
    ['ready', `${readiness.ready ? 'yes' : 'no'}, since ${readiness.since}${because(readiness.reason)}`],
    ['checks', renderHistory(history)],
  ]
}

function renderAnswer(status: string, evidence: Evidence | null): string | null {
  if (evidence === null) return status === 'none' ? null : status
  const took = evidence.ms === null ? '' : ` in ${evidence.ms} ms`
  const result = evidence.passed ? `answered${took}` : `missed${because(evidence.detail)}`
  return `${status}; ${evidence.how} ${result}, ${evidence.at}`
}

function because(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`
}

/** The latest last. */
function renderHistory(history: HealthJson['history']): string | null {
  if (history.length === 0) return null
  const passed = history.filter((slot) => slot.passed).length
  const marks = history.slice(-30).map((slot) => (slot.passed ? '.' : 'x'))
  return `${passed} of the last ${history.length} passed  ${marks.join('')}`
}
