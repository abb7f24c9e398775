/** Telling somebody who is not looking: where to (channels), what (notices), and what became of each. */

export const CHANNEL_KINDS = ['webhook', 'slack', 'ntfy', 'mail'] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

/** What a channel may ask for; a channel without any gets all but `server`, which incidents tell too. */
export const NOTICE_TOPICS = [
  'incident',
  'server',
  'deploy',
  'review',
  'recommendation',
  'dependency',
  'disk',
  'token',
  'platform',
] as const
export type NoticeTopic = (typeof NOTICE_TOPICS)[number]
export const USUAL_TOPICS: readonly NoticeTopic[] = NOTICE_TOPICS.filter((topic) => topic !== 'server')

/** From what cannot wait to what is only good to know. */
export const NOTICE_URGENCIES = ['now', 'soon', 'info'] as const
export type NoticeUrgency = (typeof NOTICE_URGENCIES)[number]

/** Where it goes; everything in it is sealed, since addresses of webhooks are secrets too. */
export type ChannelTarget =
  /** @see standardwebhooks.com: `secret` is `whsec_` and base64 */
  | { readonly kind: 'webhook'; readonly url: string; readonly secret: string }
  | { readonly kind: 'slack'; readonly url: string }
  | { readonly kind: 'ntfy'; readonly url: string; readonly topic: string; readonly token: string | null }
  | {
      readonly kind: 'mail'
      readonly host: string
      readonly port: number
      readonly security: 'tls' | 'starttls' | 'none'
      readonly user: string | null
      readonly password: string | null
      readonly from: string
      readonly to: readonly string[]
    }

/** Minutes of the day in UTC; over midnight where `from` is the later one. */
export type QuietHours = { readonly from: number; readonly to: number }

export type Channel = {
  readonly id: string
  readonly name: string
  readonly kind: ChannelKind
  /** For people, with nothing in it that opens anything: `https://hooks.example/…`. */
  readonly shown: string
  readonly isEnabled: boolean
  readonly topics: readonly NoticeTopic[]
  /** Empty: of all, and of the platform. */
  readonly servers: readonly string[]
  readonly minUrgency: NoticeUrgency
  /** Messages, not notices: what comes beyond it waits and is told together. */
  readonly maxPerHour: number
  /** What is urgent comes nevertheless. */
  readonly quiet: QuietHours | null
  readonly createdAt: number
  readonly createdBy: string
}

/** Something to tell, before it is known to whom. */
export type NoticeDraft = {
  /** Told at most once on each channel. */
  readonly key: string
  /** What it is one step of: opened once until it is closed, closed only where it was opened. Null: it stands alone. */
  readonly thread: string | null
  readonly step: 'opens' | 'closes' | 'alone'
  readonly topic: NoticeTopic
  readonly urgency: NoticeUrgency
  readonly server: string | null
  /** Clean: our sentences, and of strangers' words only what `cleanText` leaves. */
  readonly title: string
  readonly text: string
  readonly at: number
}

export const NOTICE_STATES = ['waiting', 'sent', 'failed'] as const
export type NoticeState = (typeof NOTICE_STATES)[number]

export type Notice = NoticeDraft & {
  readonly id: string
  readonly channelId: string
  readonly state: NoticeState
  readonly attempts: number
  /** When it is tried, or was last. */
  readonly nextAt: number
  readonly endedAt: number | null
  /** The message that told it; several notices of a digest share one. */
  readonly messageId: string | null
  /** Why it was not told, or not yet. */
  readonly error: string | null
}

export type Delivery = {
  readonly isSent: boolean
  readonly error: string | null
  readonly milliseconds: number
}

/** What somebody sets up; `target` absent: as it was. */
export type ChannelSettings = Pick<
  Channel,
  'name' | 'isEnabled' | 'topics' | 'servers' | 'minUrgency' | 'maxPerHour' | 'quiet'
>

/** Channels and what went over them, for whoever may administer. */
export interface Notifications {
  list(): Promise<readonly Channel[]>
  /** Throws `notification_channel_not_found`. */
  get(id: string): Promise<Channel>
  /** Throws `conflict` when the name is taken, `limit_reached`, `keys_locked`. */
  create(settings: ChannelSettings, target: ChannelTarget, actor: string): Promise<Channel>
  update(id: string, settings: Partial<ChannelSettings>, target: ChannelTarget | null): Promise<Channel>
  remove(id: string): Promise<Channel>
  /** Says now what came of it; what went wrong is an answer, not an error. */
  test(id: string): Promise<Delivery>
  /** Newest first. */
  listNotices(filter: {
    readonly channelId?: string
    readonly state?: NoticeState
    readonly limit: number
  }): Promise<readonly Notice[]>
  /** A new signing secret, as the receiver needs it. */
  createSecret(): string
}

/** Pure: whether this channel wants it. What closes is wanted where its opening was told, so only topic and server count. */
export function isWanted(channel: Channel, draft: NoticeDraft): boolean {
  if (!channel.isEnabled || !channel.topics.includes(draft.topic)) return false
  if (channel.servers.length > 0 && (draft.server === null || !channel.servers.includes(draft.server))) {
    return false
  }
  if (draft.step === 'closes') return true
  return NOTICE_URGENCIES.indexOf(draft.urgency) <= NOTICE_URGENCIES.indexOf(channel.minUrgency)
}
