import { z } from 'zod'
import { SERVER_NAME } from '../../domain/id.ts'

const MAX_CHOSEN = 64
const chosenSchema = z.array(z.string().regex(SERVER_NAME, 'is not the name of a server')).max(MAX_CHOSEN)

/** As the hub's own address takes it: names with commas between them. */
export const hubClientsQuerySchema = z.strictObject({
  servers: z
    .string()
    .max(MAX_CHOSEN * 64)
    .transform((text) => (text === '' ? [] : text.split(',')))
    .pipe(chosenSchema)
    .optional()
    .describe('Of the servers behind the hub these alone: names with commas between them'),
})
export const hubServersSchema = chosenSchema.optional()

const clientSchema = z.object({
  id: z.string(),
  title: z.string(),
  checked_on: z.string().describe('The month in which the formats were last looked at: YYYY-MM'),
  documented: z.boolean().describe('False: seen in use, not described by its vendor'),
  token: z
    .enum(['sign_in', 'prompt', 'environment', 'paste'])
    .describe(
      'How it comes by the token: by OAuth, by asking, from HAIVEMIND_MCP_TOKEN, or it stands in its file',
    ),
  disabled: z
    .string()
    .nullable()
    .describe('Why it cannot work with the address as it is, and what would help'),
  cautions: z.array(z.string()),
  links: z.array(z.object({ label: z.string(), href: z.string() })),
  commands: z.array(z.object({ label: z.string(), argv: z.array(z.string()), text: z.string() })),
  files: z.array(
    z.object({
      label: z.string(),
      path: z
        .string()
        .nullable()
        .describe('~/ is the home directory, ./ the project; null: a page of its settings'),
      os: z.enum(['darwin', 'linux']).nullable(),
      format: z.enum(['json', 'toml', 'yaml']),
      at: z.array(z.string()).describe('Where the entry lies in the file'),
      text: z.string().describe('The whole file where it holds nothing else'),
    }),
  ),
  steps: z.array(z.string()),
})

export const clientListSchema = z.object({
  endpoint: z.string(),
  name: z.string().describe('Under which clients keep it'),
  reach: z.enum(['loopback', 'private', 'public']).describe('Where the endpoint can be reached from'),
  token_variable: z.string(),
  items: z.array(clientSchema),
})

export type ClientListJson = z.output<typeof clientListSchema>

export const endpointTrialSchema = z.object({
  url: z.string().describe('What was tried: the address that clients use'),
  works: z.boolean().describe('In both generations'),
  eras: z.array(
    z.object({
      era: z.enum(['modern', 'legacy']).describe('modern: 2026-07-28; legacy: with a handshake'),
      protocol_version: z.string().nullable(),
      tools: z.number().nullable().describe('How many it listed'),
      problem: z.string().nullable().describe('What went wrong'),
    }),
  ),
})
export type EndpointTrialJson = z.output<typeof endpointTrialSchema>
