import { SERVER_STATUSES, type ServerStatus } from '../domain/server-state.ts'
import type { HostingContext } from './context.ts'
import { stateOf } from './run-server.ts'

const HOUR_MS = 3_600_000

export type Stats = {
  readonly total: number
  readonly max: number
  readonly byStatus: Readonly<Record<ServerStatus, number>>
  /** Sums over the running servers that could be measured. */
  readonly memoryBytes: number
  readonly cpuPercent: number
  readonly processes: number
  readonly callsLastHour: { readonly total: number; readonly failed: number }
}

export async function getStats(context: HostingContext): Promise<Stats> {
  const servers = await context.servers.list()
  const states = servers.map((server) => stateOf(context, server))
  const calls = await context.calls.countSince(context.clock.now() - HOUR_MS)
  const count = (status: ServerStatus) => states.filter(({ kind }) => kind === status).length
  const byStatus = Object.fromEntries(SERVER_STATUSES.map((status) => [status, count(status)])) as Record<
    ServerStatus,
    number
  >
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const usages = servers.flatMap(({ id }) => context.supervision.usage(id) ?? [])
  return {
    total: servers.length,
    max: context.settings.maxServers,
    byStatus,
    memoryBytes: sum(usages.map(({ memoryBytes }) => memoryBytes)),
    cpuPercent: sum(usages.map(({ cpuPercent }) => cpuPercent ?? 0)),
    processes: sum(usages.map(({ processes }) => processes)),
    callsLastHour: {
      total: sum(calls.map(({ calls: all }) => all)),
      failed: sum(calls.map(({ failed }) => failed)),
    },
  }
}
