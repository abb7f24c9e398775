/** What servers are and take at this moment. Everything it reads is in memory. */
import type { ServerId } from '../../domain/id.ts'
import type { PlatformMetrics } from '../../domain/metric-list.ts'
import { renderProcessKey } from '../../domain/process-key.ts'
import type { ProcessView } from '../../domain/process-view.ts'
import type { ResourceUsage } from '../../domain/server.ts'
import { isIdle, SERVER_STATUSES, type ServerState } from '../../domain/server-state.ts'

export type SeenServer = {
  readonly serverId: ServerId
  readonly name: string
  readonly state: ServerState
  readonly processes: readonly ProcessView[]
}

type Row = [value: number, server: string]

const MIB = 1024 * 1024

/** Each look adds what was used since the one before: call it now and then, that no short process goes unseen. */
export function createServerMeter(metrics: PlatformMetrics): (servers: readonly SeenServer[]) => void {
  /** CPU seconds of each process that is there. */
  let known = new Map<string, number>()

  const addCpu = (next: Map<string, number>, name: string, { key, facts, usage }: ProcessView) => {
    if (facts === null || usage === null) return
    const process = `${name} ${renderProcessKey(key)} ${facts.pid}`
    const before = known.get(process) ?? 0
    const now = Math.max(before, usage.cpuSeconds)
    next.set(process, now)
    metrics.serverCpu.add(now - before, name)
  }

  return (servers) => {
    const next = new Map<string, number>()
    const rows = {
      up: [] as Row[],
      start: [] as Row[],
      memory: [] as Row[],
      limit: [] as Row[],
      tasks: [] as Row[],
    }
    for (const { name, state, processes } of servers) {
      const up = decideUp(state)
      if (up !== null) rows.up.push([up, name])
      if (state.kind === 'running') rows.start.push([state.since / 1000, name])
      const living = processes.filter(({ usage }) => usage !== null)
      for (const process of living) addCpu(next, name, process)
      if (living.length === 0) continue
      const sum = (pick: (usage: ResourceUsage) => number) =>
        living.reduce((total, { usage }) => total + (usage === null ? 0 : pick(usage)), 0)
      rows.memory.push([sum(({ memoryBytes }) => memoryBytes), name])
      rows.tasks.push([sum((usage) => usage.processes), name])
      const limit = living.reduce((total, { facts }) => total + (facts?.limits.memoryMb ?? 0), 0)
      if (limit > 0) rows.limit.push([limit * MIB, name])
    }
    known = next
    metrics.servers.replace(
      SERVER_STATUSES.map((status) => [servers.filter(({ state }) => state.kind === status).length, status]),
    )
    metrics.serverUp.replace(rows.up)
    metrics.serverStartTime.replace(rows.start)
    metrics.serverMemory.replace(rows.memory)
    metrics.serverMemoryLimit.replace(rows.limit)
    metrics.serverProcesses.replace(rows.tasks)
  }
}

/** Null: it is stopped because somebody wants it so. */
function decideUp(state: ServerState): 0 | 1 | null {
  if (state.kind === 'stopped') return isIdle(state) ? 1 : null
  return state.kind === 'running' && state.health !== 'unhealthy' ? 1 : 0
}
