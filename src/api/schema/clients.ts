import { z } from 'zod'

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
