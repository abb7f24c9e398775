import { z } from 'zod'

const url = z.url({ protocol: /^https?$/, abort: true }).refine((text) => {
  const { username, password } = new URL(text)
  return username === '' && password === ''
}, 'must carry no user name or password; use api_key_file')

export const model = z
  .object({
    provider: z
      .enum(['openai-compatible', 'anthropic'])
      .nullable()
      .default(null)
      .describe('A model that explains incidents when asked to; null: the text of the rules stands alone.'),
    base_url: url
      .nullable()
      .default(null)
      .describe('Where it listens, without /chat/completions or /v1/messages.'),
    model: z.string().min(1).max(256).nullable().default(null).describe('Its name there.'),
    api_key_file: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('File with its key, readable by the platform’s user only.'),
    timeout_ms: z.int().min(100).max(120_000).default(15_000).describe('For one answer, milliseconds.'),
    max_tokens: z.int().min(64).max(8_192).default(600).describe('Of one answer.'),
    daily_token_budget: z
      .int()
      .min(0)
      .default(200_000)
      .describe('Of all questions and answers of one day, in UTC.'),
    send_logs: z
      .boolean()
      .default(false)
      .describe(
        'It gets the last words of a process too, secrets masked; what servers write leaves the platform.',
      ),
  })
  .superRefine(({ provider, base_url: place, model: name }, context) => {
    if (provider !== null && (place === null || name === null)) {
      context.addIssue({ code: 'custom', message: `${provider} needs base_url and model` })
    }
  })
