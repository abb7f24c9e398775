import { z } from 'zod'
import { EVENT_TYPES } from '../../domain/event.ts'
import { timeSchema } from './common.ts'

/** One event: the data of an SSE message and one item of the list. `data` is explained in docs/events.md. */
const eventSchema = z.object({
  id: z.int(),
  type: z.enum(EVENT_TYPES),
  time: timeSchema,
  actor: z.string(),
  data: z.record(z.string(), z.unknown()),
})
export const eventListSchema = z.object({ items: z.array(eventSchema) })
export type EventJson = z.infer<typeof eventSchema>
