import { z } from 'zod'
import {
  CHANNEL_KINDS,
  NOTICE_STATES,
  NOTICE_TOPICS,
  NOTICE_URGENCIES,
  USUAL_TOPICS,
  type Channel,
  type ChannelSettings,
  type ChannelTarget,
  type Delivery,
  type Notice,
  type QuietHours,
} from '../../domain/notification.ts'
import { nameSchema, renderTime, renderTimeOrNull, timeSchema } from './common.ts'

const url = z
  .url({ protocol: /^https?$/, abort: true })
  .max(2048)
  .refine((text) => {
    const { username, password } = new URL(text)
    return username === '' && password === ''
  }, 'must carry no user name or password')
const address = z.email().max(254)
const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'is not hh:mm')

const targetSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('webhook'),
    url,
    secret: z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{32,120}={0,2}$/)
      .optional()
      .describe('Of Standard Webhooks; absent: one is made, and shown in this answer only'),
  }),
  z.strictObject({ kind: z.literal('slack'), url: url.describe('The incoming webhook, which is a secret') }),
  z.strictObject({
    kind: z.literal('ntfy'),
    url: url.default('https://ntfy.sh').describe('Of the ntfy server'),
    topic: z.string().regex(/^[\w-]{1,64}$/),
    token: z.string().min(1).max(256).optional(),
  }),
  z
    .strictObject({
      kind: z.literal('mail'),
      host: z.string().regex(/^[a-z0-9.:-]{1,253}$/i),
      port: z
        .int()
        .min(1)
        .max(65_535)
        .optional()
        .describe('Absent: 465 for tls, 587 for starttls, 25 for none'),
      security: z.enum(['tls', 'starttls', 'none']).default('tls'),
      user: z.string().min(1).max(256).optional(),
      password: z.string().min(1).max(1_024).optional(),
      from: address,
      to: z.array(address).min(1).max(20),
    })
    .refine(({ user, password }) => (user === undefined) === (password === undefined), {
      error: 'needs user and password, or neither',
    }),
])
type TargetJson = z.output<typeof targetSchema>

const settingsShape = {
  name: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[^\p{C}]+$/u),
  enabled: z.boolean(),
  topics: z.array(z.enum(NOTICE_TOPICS)).min(1),
  servers: z.array(nameSchema).max(200).describe('Only of these; empty: of all, and of the platform'),
  min_urgency: z.enum(NOTICE_URGENCIES).describe('info: everything; soon; now: only what cannot wait'),
  max_per_hour: z
    .int()
    .min(1)
    .max(1_000)
    .describe('Messages; what comes beyond it waits and is told together'),
  quiet_hours: z
    .strictObject({ from: time, to: time })
    .nullable()
    .describe('UTC; what is urgent comes nevertheless'),
}

export const channelRequestSchema = z.strictObject({
  name: settingsShape.name,
  target: targetSchema,
  enabled: settingsShape.enabled.default(true),
  topics: settingsShape.topics.default([...USUAL_TOPICS]),
  servers: settingsShape.servers.default([]),
  min_urgency: settingsShape.min_urgency.default('soon'),
  max_per_hour: settingsShape.max_per_hour.default(20),
  quiet_hours: settingsShape.quiet_hours.default(null),
})
/** Without where it leads: that is a secret. */
export const channelSettingsPatchSchema = z.strictObject(settingsShape).partial()
export const channelPatchSchema = channelSettingsPatchSchema.extend({ target: targetSchema.optional() })

export const channelSchema = z.object({
  id: z.string(),
  ...settingsShape,
  kind: z.enum(CHANNEL_KINDS),
  target: z.string().describe('Where it leads, with nothing in it that opens anything'),
  created_at: timeSchema,
  created_by: z.string(),
})
export type ChannelJson = z.output<typeof channelSchema>
export const channelListSchema = z.object({ items: z.array(channelSchema) })
export type ChannelListJson = z.output<typeof channelListSchema>
export const channelMadeSchema = channelSchema.extend({
  secret: z
    .string()
    .nullable()
    .describe('What a webhook is signed with, where it was made here; never shown again'),
})
export type ChannelMadeJson = z.output<typeof channelMadeSchema>
export const channelRemovedSchema = z.object({ id: z.string(), name: z.string(), removed: z.literal(true) })

export const deliverySchema = z.object({
  sent: z.boolean(),
  error: z.string().nullable(),
  milliseconds: z.int(),
})
export type DeliveryJson = z.output<typeof deliverySchema>

export const noticeQuerySchema = z.strictObject({
  channel: z.string().max(64).optional(),
  state: z.enum(NOTICE_STATES).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
const noticeSchema = z.object({
  id: z.string(),
  channel: z.string().describe('Its id'),
  topic: z.enum(NOTICE_TOPICS),
  urgency: z.enum(NOTICE_URGENCIES),
  server: z.string().nullable(),
  title: z.string(),
  text: z.string(),
  at: timeSchema,
  state: z.enum(NOTICE_STATES),
  attempts: z.int(),
  next_try_at: timeSchema.nullable(),
  ended_at: timeSchema.nullable(),
  message_id: z.string().nullable().describe('The same for what was told together'),
  error: z.string().nullable(),
})
export const noticeListSchema = z.object({ items: z.array(noticeSchema) })
export type NoticeListJson = z.output<typeof noticeListSchema>

const PORTS = { tls: 465, starttls: 587, none: 25 } as const

export function buildTarget(json: TargetJson, createSecret: () => string): ChannelTarget {
  switch (json.kind) {
    case 'webhook':
      return { kind: 'webhook', url: json.url, secret: json.secret ?? createSecret() }
    case 'slack':
      return json
    case 'ntfy':
      return { ...json, token: json.token ?? null }
    case 'mail':
      return {
        ...json,
        port: json.port ?? PORTS[json.security],
        user: json.user ?? null,
        password: json.password ?? null,
      }
    default:
      return json satisfies never
  }
}

export function buildChannelSettings(
  json: z.output<typeof channelSettingsPatchSchema>,
): Partial<ChannelSettings> {
  const { enabled, min_urgency, max_per_hour, quiet_hours, ...same } = json
  const given = {
    ...same,
    isEnabled: enabled,
    minUrgency: min_urgency,
    maxPerHour: max_per_hour,
    quiet: quiet_hours === undefined ? undefined : quiet_hours && parseQuiet(quiet_hours),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function parseQuiet({ from, to }: { readonly from: string; readonly to: string }): QuietHours {
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
  return { from: minutes(from), to: minutes(to) }
}

function renderMinute(minute: number): string {
  const two = (number: number) => String(number).padStart(2, '0')
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}

export function renderChannel(channel: Channel): ChannelJson {
  const { id, name, kind, shown, isEnabled, topics, servers, minUrgency, maxPerHour, quiet } = channel
  return {
    id,
    name,
    kind,
    target: shown,
    enabled: isEnabled,
    topics: [...topics],
    servers: [...servers],
    min_urgency: minUrgency,
    max_per_hour: maxPerHour,
    quiet_hours: quiet && { from: renderMinute(quiet.from), to: renderMinute(quiet.to) },
    created_at: renderTime(channel.createdAt),
    created_by: channel.createdBy,
  }
}

export function renderDelivery({ isSent, error, milliseconds }: Delivery): DeliveryJson {
  return { sent: isSent, error, milliseconds }
}

export function renderNotice(notice: Notice): NoticeListJson['items'][number] {
  const { id, channelId, topic, urgency, server, title, text, state, attempts, error } = notice
  return {
    id,
    channel: channelId,
    topic,
    urgency,
    server,
    title,
    text,
    at: renderTime(notice.at),
    state,
    attempts,
    next_try_at: state === 'waiting' ? renderTime(notice.nextAt) : null,
    ended_at: renderTimeOrNull(notice.endedAt),
    message_id: notice.messageId,
    error,
  }
}
