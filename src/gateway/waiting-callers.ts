/** Callers that wait for a process before it is known what becomes of their requests: as bounded as calls that wait. */
import type { GatewayConfig } from './gateway-config.ts'
import { buildBusy } from './lane-errors.ts'

export interface WaitingCallers {
  readonly count: number
  /** Waits with the others for what `task` opens. Throws AppError `busy`, and what `task` throws. */
  wait<T>(principalId: string, task: () => Promise<T>): Promise<T>
}

export function createWaitingCallers(config: GatewayConfig): WaitingCallers {
  const held = new Map<string, number>()
  let count = 0
  return {
    get count() {
      return count
    },
    async wait(principalId, task) {
      const mine = held.get(principalId) ?? 0
      if (count >= config.maxQueued || mine >= config.maxQueuedPerPrincipal) throw buildBusy(config)
      held.set(principalId, mine + 1)
      count++
      try {
        return await task()
      } finally {
        const left = (held.get(principalId) ?? 0) - 1
        if (left > 0) held.set(principalId, left)
        else held.delete(principalId)
        count--
      }
    },
  }
}
