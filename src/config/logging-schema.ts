import { z } from 'zod'

/** As src/system/log.ts has them; a test holds the two together. */
export const logging = z.object({
  level: z.enum(['debug', 'info', 'warn', 'error']).default('info').meta({
    reload: 'live',
    description: 'Records of the platform itself from this level on are written to stderr.',
  }),
  format: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe('json: one line of JSON a record; pretty: for people; auto: pretty on a terminal, else json.'),
})
