import { isSameKey } from '../../domain/process-key.ts'
import type { LaunchSpec } from '../ports.ts'
import type { RunDeps } from './run-types.ts'

/** At most one instance of a key: what an earlier attempt could not end has to be gone first. */
export async function endLeftovers(
  { backend, ledger, presence }: Pick<RunDeps, 'backend' | 'ledger' | 'presence'>,
  { serverId, versionId, key }: LaunchSpec,
): Promise<void> {
  for (const row of await ledger.list()) {
    if (row.serverId !== serverId || !isSameKey(row.key, key)) continue
    if (!presence.isLeftover(row, versionId)) continue
    await backend.reap(row)
    await ledger.remove(row.instanceId)
  }
}
