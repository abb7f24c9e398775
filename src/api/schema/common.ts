/** Outward forms that several answers share: snake_case, RFC 3339 UTC, bytes and seconds as base units. */
import { z } from 'zod'
import { ERRORS, type ErrorCode } from '../../domain/error.ts'
import type { Problem } from '../../domain/problem.ts'
import { SERVER_NAME } from '../../domain/id.ts'

export const timeSchema = z.iso.datetime().describe('RFC 3339, UTC')
export const nameSchema = z
  .string()
  .regex(SERVER_NAME)
  .describe('1 to 63 lower-case letters, digits and hyphens, starting with a letter')

export const archiveUrlSchema = z
  .string()
  .max(2048)
  .describe('Where the platform fetches the archive: https, a public address, at most three redirects')

const errorCodeSchema = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]])

/** What ended a deployment; also inside MCP tool results. */
export const errorSchema = z.object({
  code: errorCodeSchema,
  message: z.string(),
  hint: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
})

/** RFC 9457. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  code: errorCodeSchema,
  hint: z.string(),
  request_id: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  details: z.record(z.string(), z.unknown()).optional(),
}) satisfies z.ZodType<Problem>

export function renderTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

export function renderTimeOrNull(milliseconds: number | null): string | null {
  return milliseconds === null ? null : renderTime(milliseconds)
}

/** `cursor` is opaque: it is what `next_cursor` of the page before said. */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(400).optional(),
})
