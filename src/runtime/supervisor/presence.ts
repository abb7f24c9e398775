/**
 * Which instances are somebody's. While two versions of a server run side by side, what one of them finds under its own
 * key in the ledger may be the other's, and is not a leftover.
 */
import type { InstanceId, ServerId, VersionId } from '../../domain/id.ts'
import type { LedgerRow } from '../ports.ts'

export interface Presence {
  /** Until it is called back: this one is watched. */
  watch(instanceId: InstanceId): () => void
  /** Until it is called back: another version of this server may be starting, and its row not be watched yet. */
  share(serverId: ServerId): () => void
  isLeftover(row: Pick<LedgerRow, 'instanceId' | 'serverId' | 'versionId'>, versionId: VersionId): boolean
}

export function createPresence(): Presence {
  const watched = new Set<InstanceId>()
  const shared = new Map<ServerId, number>()
  return {
    watch(instanceId) {
      watched.add(instanceId)
      return () => void watched.delete(instanceId)
    },
    share(serverId) {
      let isOver = false
      shared.set(serverId, (shared.get(serverId) ?? 0) + 1)
      return () => {
        if (isOver) return
        isOver = true
        const left = (shared.get(serverId) ?? 1) - 1
        if (left === 0) shared.delete(serverId)
        else shared.set(serverId, left)
      }
    },
    isLeftover(row, versionId) {
      if (watched.has(row.instanceId)) return false
      return row.versionId === versionId || !shared.has(row.serverId)
    },
  }
}
