import type { Difference } from '../../../domain/difference.ts'
import type { HostProbe } from '../../ports.ts'

/** What differs from what should be, as doctor shows it. */
export function buildReconcileChecks(differences: readonly Difference[]): HostProbe['checks'] {
  const base = { id: 'reconcile', area: 'servers' }
  if (differences.length === 0) {
    return [{ ...base, status: 'ok', found: 'everything that runs is as it should be', fix: null }]
  }
  return differences.map(({ kind, server, reason, nextStep }) => ({
    id: server === null ? `reconcile:${kind}` : `reconcile:${kind}:${server}`,
    area: base.area,
    status: 'warn',
    found: reason,
    fix: nextStep,
  }))
}
