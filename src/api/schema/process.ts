import { z } from 'zod'
import { ERAS } from '../../domain/era.ts'
import { HEALTHS, SERVER_STATUSES } from '../../domain/server-state.ts'
import { timeSchema } from './common.ts'

/** One process of a server. */
export const processSchema = z.object({
  main: z.boolean().describe("Its status, health and restarts are the server's"),
  for: z.string().describe('Which clients it serves, in words'),
  era: z.enum(ERAS),
  capabilities: z.array(z.string()).describe('What it was told that its clients can do'),
  status: z.enum(SERVER_STATUSES),
  health: z.enum(HEALTHS),
  since: timeSchema.nullable().describe('Running since; null unless running'),
  pid: z.int().nullable(),
  adopted: z.boolean().describe('Taken over from an earlier run of the platform'),
  in_flight: z.int().describe('Calls that it works on'),
  memory_bytes: z.number().nullable(),
  cpu_percent: z.number().nullable().describe('Of one core, since the sample before'),
  next_try_at: timeSchema.nullable().describe('While in backoff'),
  reason: z.string().nullable().describe('Why it is not running, in one sentence'),
})
export type ProcessJson = z.infer<typeof processSchema>
