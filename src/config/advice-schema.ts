import { z } from 'zod'
import { TIERS } from '../domain/recommendation.ts'

export const recommendations = z.object({
  tier: z
    .enum(TIERS)
    .default('balanced')
    .describe('How much safety a recommended memory limit buys: efficient, balanced or safe.'),
  apply_by_itself: z
    .boolean()
    .default(false)
    .describe('Apply what is sure enough, each hour, without anybody asking.'),
  watch_seconds: z
    .number()
    .min(1)
    .max(30 * 86_400)
    .default(86_400)
    .describe('So long an applied recommendation is watched, and taken back when the server gets worse.'),
})
