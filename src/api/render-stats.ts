import type { Stats } from '../hosting/get-stats.ts'
import { renderTime } from './schema/common.ts'
import type { StatsJson } from './schema/platform.ts'

export function renderStats(stats: Stats, uptimeSeconds: number, now: number): StatsJson {
  return {
    servers: { total: stats.total, max: stats.max, by_status: stats.byStatus },
    usage: {
      memory_bytes: stats.memoryBytes,
      cpu_percent: stats.cpuPercent,
      processes: stats.processes,
    },
    calls_last_hour: stats.callsLastHour,
    uptime_seconds: Math.floor(uptimeSeconds),
    at: renderTime(now),
  }
}
