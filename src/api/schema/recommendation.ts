import { z } from 'zod'
import {
  DIRECTIONS,
  INSIGHT_KINDS,
  RECOMMENDATION_STATES,
  RESOURCES,
  TIERS,
} from '../../domain/recommendation.ts'
import { explanationSchema } from './explanation.ts'
import { nameSchema, timeSchema } from './common.ts'
import { incidentSummarySchema } from './incident.ts'

const settingSchema = z.union([z.number(), z.string()])
const share = z.number().min(0).max(1)

export const recommendationSchema = z.object({
  id: z.string(),
  server: z.string(),
  resource: z.enum(RESOURCES).describe('As haivemind set names it'),
  current: settingSchema,
  proposed: settingSchema,
  direction: z.enum(DIRECTIONS),
  tier: z.enum(TIERS),
  confidence: z.object({
    value: share,
    days: share,
    samples: share,
    censor: share.describe('1 while no kill hid how much was needed'),
    stationary: share.describe('1 while the last days are like those before'),
  }),
  because: z.array(
    z.object({
      id: z.string(),
      text: z.string(),
      source: z.string().describe('The record that holds it'),
      memory_id: z.string().nullable().describe('The memory that tells of it'),
      samples_url: z.string().nullable().describe('What was measured then; null: it is not of measurements'),
    }),
  ),
  formula: z.string(),
  backtest: z
    .object({
      days: z.int(),
      exceeded: z.int().describe('Days on which it would have met the limit'),
      unused_before: share.nullable(),
      unused_after: share.nullable(),
    })
    .nullable()
    .describe('What the recorded past would have been; null where it cannot tell, and because says so'),
  risk: z.object({ expected_oom_days_per_100: z.number(), source: z.string() }).nullable(),
  may_apply: z.boolean().describe('Sure enough to be applied with all others at once'),
  applied: z.boolean(),
  not_applied: z.string().nullable().describe('Why, although it was asked for'),
  revert: z.string().nullable().describe('What takes it back by itself'),
  state: z.enum(RECOMMENDATION_STATES),
  application: z
    .object({
      at: timeSchema,
      by: z.string(),
      before: settingSchema,
      after: settingSchema.describe('A step towards what is proposed, where the way is far'),
      in_place: z.boolean().describe('In force without a restart'),
      watched_until: timeSchema,
    })
    .nullable(),
  created_at: timeSchema,
  seen_at: timeSchema.describe('When the measurements last said so'),
  ended_at: timeSchema.nullable(),
  reason: z.string().nullable().describe('Why it ended'),
  explanation: explanationSchema,
})
export type RecommendationJson = z.infer<typeof recommendationSchema>

export const recommendationListSchema = z.object({ items: z.array(recommendationSchema) })

export const recommendationQuerySchema = z.strictObject({
  server: nameSchema.optional(),
  state: z.enum(RECOMMENDATION_STATES).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})

/** What a caller may say of an analysis, besides the server. */
export const optimizeFields = {
  resource: z
    .enum(['memory', 'cpu', 'all'])
    .default('all')
    .describe('all: also processes, idle stop, pools, deadlines and restarts'),
  tier: z.enum(TIERS).optional().describe('How much safety a memory limit buys; absent: as configured'),
  apply: z.boolean().default(false).describe('Needs the scope servers:write'),
  explain: z
    .boolean()
    .default(false)
    .describe('Ask the configured model too, about the first eight; without one the rules’ text stands'),
}
export const optimizeSchema = z.strictObject({ server: nameSchema.optional(), ...optimizeFields })

export const optimizationSchema = z.object({
  analyzed: z.int().describe('Servers that were looked at'),
  skipped: z.array(z.object({ server: z.string(), resource: z.enum(RESOURCES), why: z.string() })),
  recommendations: z.array(recommendationSchema),
  incidents: z.array(incidentSummarySchema).describe('Open ones of these servers'),
  growth: z
    .array(
      z.object({
        server: z.string(),
        level: z.enum(['advisory', 'incident']).describe('advisory: worth knowing, no trouble yet'),
        tier: z.enum(['forecast', 'verdict', 'confirmed']),
        text: z.string(),
        mib_per_hour: z.number(),
        hours: z.number().nullable().describe('Until the limit; null where it is not in sight'),
        kib_per_call: z.number().nullable().describe('null: time explains it as well as calls do'),
        restart_at: timeSchema.describe('When a restart disturbs least'),
        since: timeSchema,
      }),
    )
    .describe('Of these servers, those whose memory grows and does not come back'),
  insights: z
    .array(
      z.object({
        kind: z.enum(INSIGHT_KINDS),
        class: z.string().nullable().describe('Of the end of a server; null: it is of memory'),
        subject: z.string().describe('The dependency (and its version), or what was done'),
        text: z.string(),
        n: z.int().describe('Servers or cases'),
        effect: share,
        interval: z.tuple([share, share]).describe('Of the effect, 95 %'),
        chance: z.number().nullable().describe('That it is none; null: nothing was compared'),
        change_mib: z.int().nullable().describe('How much more memory; null: it is not of memory'),
        servers: z.array(z.string()),
      }),
    )
    .describe('What all servers together show'),
  explanation: z.object({
    source: explanationSchema.shape.source,
    model: z.string().nullable().describe('The model that spoke on at least one of them'),
  }),
})
export type OptimizationJson = z.infer<typeof optimizationSchema>
