/** What the form holds, as the API takes it. Pure. */
import type { ChannelJson } from '../../../../src/api/schema/notification.ts'

export type Draft = {
  readonly name: string
  readonly kind: ChannelJson['kind']
  readonly url: string
  readonly ntfyServer: string
  readonly ntfyTopic: string
  readonly token: string
  readonly host: string
  readonly port: string
  readonly security: 'tls' | 'starttls' | 'none'
  readonly user: string
  readonly password: string
  readonly from: string
  readonly to: string
  readonly topics: ChannelJson['topics']
  readonly urgency: ChannelJson['min_urgency']
  readonly servers: string
  readonly rate: string
  readonly quietFrom: string
  readonly quietTo: string
}

const split = (list: string) =>
  list
    .split(/[\s,]+/)
    .map((word) => word.trim())
    .filter((word) => word !== '')
const given = (text: string) => (text.trim() === '' ? undefined : text.trim())

export function buildTarget(draft: Draft): Readonly<Record<string, unknown>> {
  const { kind } = draft
  if (kind === 'webhook' || kind === 'slack') return { kind, url: draft.url.trim() }
  if (kind === 'ntfy') {
    return { kind, url: given(draft.ntfyServer), topic: draft.ntfyTopic.trim(), token: given(draft.token) }
  }
  return {
    kind,
    host: draft.host.trim(),
    port: draft.port.trim() === '' ? undefined : Number(draft.port),
    security: draft.security,
    user: given(draft.user),
    password: given(draft.user) === undefined ? undefined : draft.password,
    from: draft.from.trim(),
    to: split(draft.to),
  }
}

export function buildSettings(draft: Draft): Readonly<Record<string, unknown>> {
  const { quietFrom, quietTo } = draft
  return {
    name: draft.name.trim(),
    topics: [...draft.topics],
    servers: split(draft.servers),
    min_urgency: draft.urgency,
    max_per_hour: Number(draft.rate),
    quiet_hours: quietFrom === '' || quietTo === '' ? null : { from: quietFrom, to: quietTo },
  }
}

/** For a new one, or as a channel is: where it leads is not told, so those fields stay empty. */
export function buildDraft(channel: ChannelJson | null, usual: ChannelJson['topics']): Draft {
  return {
    name: channel?.name ?? '',
    kind: channel?.kind ?? 'webhook',
    url: '',
    ntfyServer: 'https://ntfy.sh',
    ntfyTopic: '',
    token: '',
    host: '',
    port: '',
    security: 'tls',
    user: '',
    password: '',
    from: '',
    to: '',
    topics: channel?.topics ?? usual,
    urgency: channel?.min_urgency ?? 'soon',
    servers: (channel?.servers ?? []).join(', '),
    rate: String(channel?.max_per_hour ?? 20),
    quietFrom: channel?.quiet_hours?.from ?? '',
    quietTo: channel?.quiet_hours?.to ?? '',
  }
}
