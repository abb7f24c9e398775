import { z } from 'zod'
import { ISOLATION_TIERS } from '../../domain/enforcement.ts'
import { SERVER_STATUSES } from '../../domain/server-state.ts'
import { enforcementSchema } from './server.ts'
import { timeSchema } from './common.ts'

export const statsSchema = z.object({
  servers: z.object({
    total: z.int(),
    max: z.int(),
    by_status: z.record(z.enum(SERVER_STATUSES), z.int()),
  }),
  usage: z.object({
    memory_bytes: z.number(),
    cpu_percent: z.number(),
    processes: z.int(),
  }),
  calls_last_hour: z.object({ total: z.int(), failed: z.int() }),
  uptime_seconds: z.number().describe('Of the platform'),
  at: timeSchema,
})
export type StatsJson = z.infer<typeof statsSchema>

/** What `doctor` shows: found by trying, not by reading version numbers. */
export const systemSchema = z.object({
  version: z.string(),
  commit: z.string().describe('What it was built of; unknown where nobody said'),
  node: z.string(),
  generation: z.int().describe('Starts on this data directory'),
  started_at: timeSchema,
  data_dir: z.string(),
  address: z.string(),
  tier: z.enum(ISOLATION_TIERS),
  cgroup: z.enum(['v1', 'v2', 'none']),
  planned: enforcementSchema,
  checks: z.array(
    z.object({
      id: z.string(),
      area: z.string(),
      status: z.enum(['ok', 'warn', 'fail']),
      found: z.string(),
      fix: z.string().nullable(),
    }),
  ),
})
export type SystemJson = z.infer<typeof systemSchema>
