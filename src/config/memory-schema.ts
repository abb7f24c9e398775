import { z } from 'zod'
import { MAX_DIMENSIONS } from '../domain/meaning.ts'

const url = z.url({ protocol: /^https?$/, abort: true }).refine((text) => {
  const { username, password } = new URL(text)
  return username === '' && password === ''
}, 'must carry no user name or password; use token_file')

const peer = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,62}$/)
      .describe('How it is called here.'),
    transport: z
      .enum(['http', 'sse', 'stdio'])
      .default('http')
      .describe('http: Streamable HTTP, and HTTP+SSE where that is not there.'),
    url: url.optional().describe('Where it listens; it may be on a private network.'),
    command: z.array(z.string().min(1)).min(1).max(64).optional().describe('For stdio: what starts it.'),
    share: z.boolean().default(true).describe('What happens here is told there.'),
    recall: z.boolean().default(true).describe('It is asked what it knows.'),
    token_file: z
      .string()
      .min(1)
      .optional()
      .describe('File with a bearer token, readable by the platform’s user only.'),
  })
  .superRefine(({ transport, url: place, command }, context) => {
    const isStdio = transport === 'stdio'
    if (isStdio && (command === undefined || place !== undefined)) {
      context.addIssue({ code: 'custom', message: 'stdio needs command, and no url' })
    }
    if (!isStdio && (place === undefined || command !== undefined)) {
      context.addIssue({ code: 'custom', message: `${transport} needs url, and no command` })
    }
  })

const platform = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,62}$/)
    .describe('How it is called here.'),
  url,
  token_file: z.string().min(1).describe('File with a token of it that has memory:read.'),
  node: z.string().min(1).max(128).optional().describe('Its node, as get_memory_stats names it there.'),
})

const embeddings = z
  .object({
    base_url: url
      .nullable()
      .default(null)
      .describe(
        'An OpenAI-compatible endpoint for search by meaning, without /embeddings; null: by words alone.',
      ),
    model: z.string().min(1).max(256).nullable().default(null).describe('Its name there.'),
    api_key_file: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('File with its key, readable by the platform’s user only.'),
    dimensions: z
      .int()
      .min(8)
      .max(MAX_DIMENSIONS)
      .nullable()
      .default(null)
      .describe('Of a vector, where the model lets one choose; null: as it comes.'),
    max_confidentiality_level: z
      .enum(['normal', 'internal'])
      .default('normal')
      .describe('The most confidential memories that are sent there.'),
    timeout_ms: z.int().min(50).max(30_000).default(1_500).describe('For one question, milliseconds.'),
  })
  .superRefine(({ base_url: place, model }, context) => {
    if ((place === null) === (model === null)) return
    context.addIssue({ code: 'custom', message: 'needs both base_url and model, or neither' })
  })

export const memory = z.object({
  embeddings: embeddings.prefault({}),
  platforms: z
    .array(platform)
    .max(16)
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'names must differ')
    .default([])
    .describe('Platforms like this one whose memories are taken over: name, url, token_file, node.'),
  pull_interval: z
    .number()
    .min(1)
    .max(86_400)
    .default(15)
    .describe('Time between two looks at each of them.'),
  peers: z
    .array(peer)
    .max(16)
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'names must differ')
    .default([])
    .describe(
      'hAIveMinds that are told what happens here and asked what they know: name, transport, url or command, share, recall, token_file.',
    ),
})
