import { z } from 'zod'

export const explanationSchema = z.object({
  text: z.string(),
  source: z.enum(['rules', 'rules+model']).describe('"rules+model" only where a model spoke'),
  model: z
    .object({ provider: z.string(), name: z.string(), latency_ms: z.int(), tokens: z.int() })
    .nullable(),
  hypotheses: z.array(
    z.object({
      cause: z.string(),
      because: z
        .array(z.string())
        .describe('Ids of the evidence: of the timeline, of because, "change", "hint"'),
      confidence: z.number().min(0).max(1),
    }),
  ),
  next_checks: z.array(z.string()),
  problem: z.string().nullable().describe('Why no model spoke although one was asked'),
  evidence_hash: z.string(),
})
export type ExplanationJson = z.infer<typeof explanationSchema>
