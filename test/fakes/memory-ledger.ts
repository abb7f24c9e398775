import type { InstanceId } from '../../src/domain/id.ts'
import type { Ledger, LedgerRow } from '../../src/runtime/ports.ts'

export function createMemoryLedger(): Ledger {
  const rows = new Map<InstanceId, LedgerRow>()
  return {
    list: async () => [...rows.values()],
    listBrief: async () => [...rows.values()],
    async create(row) {
      rows.set(row.instanceId, row)
    },
    async update(instanceId, changes) {
      const row = rows.get(instanceId)
      if (row !== undefined) rows.set(instanceId, { ...row, ...changes })
    },
    async remove(instanceId) {
      rows.delete(instanceId)
    },
  }
}
