/** Where a channel leads, as it is sealed and as it is shown. Pure. */
import { z } from 'zod'
import { decodeJson } from '../domain/json.ts'
import type { ChannelTarget } from '../domain/notification.ts'

const sealed: z.ZodType<ChannelTarget> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('webhook'), url: z.string(), secret: z.string() }),
  z.object({ kind: z.literal('slack'), url: z.string() }),
  z.object({ kind: z.literal('ntfy'), url: z.string(), topic: z.string(), token: z.string().nullable() }),
  z.object({
    kind: z.literal('mail'),
    host: z.string(),
    port: z.int(),
    security: z.enum(['tls', 'starttls', 'none']),
    user: z.string().nullable(),
    password: z.string().nullable(),
    from: z.string(),
    to: z.array(z.string()),
  }),
])

/** Null: it is none of this release. */
export function parseTarget(text: string): ChannelTarget | null {
  const parsed = sealed.safeParse(decodeJson(text))
  return parsed.success ? parsed.data : null
}

/** With nothing in it that opens anything: paths of webhooks and topics of ntfy do. */
export function showTarget(target: ChannelTarget): string {
  if (target.kind === 'mail') {
    const [first = '', ...more] = target.to
    return `${first}${more.length === 0 ? '' : ` and ${more.length} more`}, by ${target.host}:${target.port}`
  }
  return `${new URL(target.url).origin}/…`
}

/** What of it must not be seen in a log, whatever says it. */
export function listSecrets(target: ChannelTarget): readonly string[] {
  switch (target.kind) {
    case 'webhook':
      return [target.secret, target.url.slice(new URL(target.url).origin.length + 1)].filter(isLong)
    case 'slack':
      return [target.url.slice(new URL(target.url).origin.length + 1)].filter(isLong)
    case 'ntfy':
      return target.token === null ? [] : [target.token]
    case 'mail':
      return target.password === null ? [] : [target.password]
    default:
      return target satisfies never
  }
}

/** Short paths are words that stand elsewhere too. */
const isLong = (text: string) => text.length >= 12
