import { z } from 'zod'

export const notifications = z.object({
  private_targets: z
    .array(z.string().regex(/^[^\s/:]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$/, 'is not host:port'))
    .default([])
    .describe(
      'host:port of webhooks and mail servers that may be private or without TLS, for example mail.lan:25.',
    ),
  timeout: z.int().min(1).max(60).default(10).describe('For one message, seconds.'),
})
