/**
 * Makes notices of what happens and takes them to their channels. What was taken into account is stored with what came of
 * it, so that each event is told once, also over a kill of the daemon; a message that had just gone when the daemon was
 * killed goes once more, under the same id.
 */
import { createHash } from 'node:crypto'
import { AppError } from '../domain/error.ts'
import type { AttentionItem } from '../domain/attention.ts'
import type { Clock } from '../domain/clock.ts'
import type { EventRecord } from '../domain/event.ts'
import {
  isWanted,
  type Channel,
  type ChannelSettings,
  type ChannelTarget,
  type Notice,
  type NoticeDraft,
  type Notifications,
} from '../domain/notification.ts'
import { startRepeating } from '../domain/repeat.ts'
import { Secret } from '../domain/secret.ts'
import { decideDelay, decideMessages, MAX_ATTEMPTS } from './decide-messages.ts'
import { describeAttention, describeEnd, THREADS } from './describe-attention.ts'
import { describeEvent } from './describe-event.ts'
import { buildMessage, buildTest } from './message.ts'
import type { Channels, Notices, SecretBox } from './ports.ts'
import { listSecrets, parseTarget, showTarget } from './targets.ts'
import type { Outcome } from './send/send-message.ts'
import type { Message } from './message.ts'

export type NotifierDeps = {
  readonly channels: Channels
  readonly notices: Notices
  readonly box: SecretBox
  readonly events: {
    list(filter: { readonly after?: number; readonly limit: number }): Promise<readonly EventRecord[]>
    listLatest(limit: number): Promise<readonly EventRecord[]>
    subscribe(listener: (record: EventRecord) => void): () => void
  }
  /** What lasts, of the whole platform. */
  readonly readAttention: () => Promise<readonly AttentionItem[]>
  readonly send: (
    target: ChannelTarget,
    message: Message,
    now: number,
    signal: AbortSignal,
  ) => Promise<Outcome>
  /** Learns what must never be seen in a log. */
  readonly know: (name: string, value: Secret) => void
  /** Takes known secrets out. */
  readonly mask: (text: string) => string
  readonly baseUrl: string
  readonly clock: Clock
  readonly createId: (prefix: 'chn' | 'ntc') => string
  readonly createSecret: () => string
  /** From 0 to 1. */
  readonly chance: () => number
  readonly onDefect: (error: unknown) => void
}

const BATCH = 200
/** What happens together is told together. */
const GATHER_MS = 2_000
const LOOK_MS = 10_000
const ATTENTION_MS = 60_000
const HOUR_MS = 3_600_000
/** Told later than this it would only puzzle. */
const OLD_MS = 24 * HOUR_MS
const MAX_CHANNELS = 50
const MAX_WAITING = 1_000

export function createNotifier(deps: NotifierDeps): Notifications & {
  /** Takes what happened and what lasts into account, and sends what is due. For timers and tests. */
  look(): Promise<void>
  close(): Promise<void>
} {
  const { channels, notices, clock, events } = deps
  let work: Promise<void> = Promise.resolve()
  const closing = new AbortController()
  let isClosed = false
  let cancelGather: (() => void) | null = null
  let attentionAt = -Infinity

  /** One thing at a time: each step reads what the one before wrote. */
  const enqueue = (task: () => Promise<void>): Promise<void> => {
    work = work.then(async () => {
      if (!isClosed) await task()
    })
    work = work.catch((error: unknown) => deps.onDefect(error))
    return work
  }

  const put = (drafts: readonly NoticeDraft[]) => {
    const all = channels.list()
    for (const draft of drafts) {
      const fresh = all.flatMap((channel) => buildNotice(channel, draft))
      if (fresh.length > 0) notices.add(fresh)
    }
  }

  const buildNotice = (channel: Channel, draft: NoticeDraft): readonly Notice[] => {
    if (!isWanted(channel, draft)) return []
    if (draft.thread !== null) {
      const last = notices.lastStep(channel.id, draft.thread)
      if (draft.step === 'opens' ? last === 'opens' : last !== 'opens') return []
    }
    if (notices.countWaiting(channel.id) >= MAX_WAITING) return []
    const sending = { state: 'waiting', attempts: 0, endedAt: null, messageId: null, error: null } as const
    return [
      {
        ...draft,
        title: deps.mask(draft.title),
        text: deps.mask(draft.text),
        id: deps.createId('ntc'),
        channelId: channel.id,
        nextAt: clock.now(),
        ...sending,
      },
    ]
  }

  const takeEvents = async () => {
    let after = notices.cursor()
    if (after === null) {
      // What happened before anybody was told of anything stays untold.
      after = (await events.listLatest(1)).at(-1)?.id ?? 0
      notices.setCursor(after)
    }
    for (;;) {
      const batch = await events.list({ after, limit: BATCH })
      for (const { id, time, event } of batch) {
        const draft = clock.now() - time > OLD_MS ? null : describeEvent(event, id, time)
        if (draft !== null) put([draft])
        after = id
      }
      if (batch.length > 0) notices.setCursor(after)
      if (batch.length < BATCH) return
    }
  }

  const takeAttention = async () => {
    if (clock.monotonic() - attentionAt < ATTENTION_MS || channels.list().length === 0) return
    attentionAt = clock.monotonic()
    const now = clock.now()
    const drafts = describeAttention(await deps.readAttention(), now)
    const lasting = new Set(drafts.map(({ thread }) => thread))
    const over = notices.listOpen(THREADS).filter((thread) => !lasting.has(thread))
    put([...drafts, ...over.flatMap((thread) => describeEnd(thread, now) ?? [])])
  }

  const know = (target: ChannelTarget) => {
    for (const value of listSecrets(target)) deps.know('notification', new Secret(value))
  }

  const open = async (id: string): Promise<{ readonly channel: Channel; readonly target: ChannelTarget }> => {
    const found = channels.find(id)
    if (found === null) throw buildNotFound(id)
    const secret = await deps.box.open(found.sealed, aboutOf(id))
    const target = secret === null ? null : parseTarget(secret.reveal())
    if (target === null) {
      throw new AppError('secret_unreadable', `Where "${found.channel.name}" leads was damaged.`, {
        hint: 'Set it again: haivemind notify set <id>, or remove the channel.',
      })
    }
    know(target)
    return { channel: found.channel, target }
  }

  const deliver = async (channel: Channel) => {
    const now = clock.now()
    const due = notices.listDue(channel.id, now, BATCH)
    const old = due.filter(({ at }) => now - at > OLD_MS)
    const gone = { state: 'failed', nextAt: now, endedAt: now, messageId: null } as const
    for (const notice of old) {
      const error = `${notice.error ?? 'It could not go out.'} It is too old by now.`
      notices.update([notice.id], { ...gone, attempts: notice.attempts, error })
    }
    const fresh = due.filter((notice) => !old.includes(notice))
    const sent = notices.countMessages(channel.id, now - HOUR_MS)
    for (const outgoing of decideMessages(channel, fresh, sent, now)) {
      if (isClosed || !(await sendOne(channel, outgoing.notices))) return
    }
  }

  /** False: it did not arrive, and what comes after it waits with it. */
  const sendOne = async (channel: Channel, together: readonly Notice[]): Promise<boolean> => {
    const messageId = nameMessage(together.map(({ id }) => id))
    const attempts = Math.max(...together.map((notice) => notice.attempts)) + 1
    let outcome: Outcome
    try {
      const { target } = await open(channel.id)
      const message = buildMessage(messageId, together, deps.baseUrl, clock.now())
      outcome = await deps.send(target, message, clock.now(), closing.signal)
    } catch (error) {
      const text = error instanceof AppError ? error.message : 'It failed inside the platform.'
      if (!(error instanceof AppError)) deps.onDefect(error)
      outcome = { isSent: false, error: text, isFinal: false, waitMs: null }
    }
    const now = clock.now()
    const ids = together.map(({ id }) => id)
    if (outcome.isSent) {
      notices.update(ids, { state: 'sent', attempts, nextAt: now, endedAt: now, messageId, error: null })
      return true
    }
    const isOver = outcome.isFinal || attempts >= MAX_ATTEMPTS
    const nextAt = now + decideDelay(attempts, outcome.waitMs, deps.chance())
    notices.update(ids, {
      state: isOver ? 'failed' : 'waiting',
      attempts,
      nextAt,
      endedAt: isOver ? now : null,
      messageId,
      error: deps.mask(outcome.error),
    })
    return isOver
  }

  const look = () =>
    enqueue(async () => {
      await takeEvents()
      await takeAttention()
      await Promise.all(
        channels
          .list()
          .filter(({ isEnabled }) => isEnabled)
          .map(deliver),
      )
    })
  const stopEvents = events.subscribe(({ event, id, time }) => {
    if (isClosed || cancelGather !== null || describeEvent(event, id, time) === null) return
    cancelGather = clock.after(GATHER_MS, () => {
      cancelGather = null
      void look()
    })
  })
  const stopLooking = startRepeating(clock, LOOK_MS, look)

  const seal = (id: string, target: ChannelTarget) => {
    know(target)
    return deps.box.seal(new Secret(Buffer.from(JSON.stringify(target))), aboutOf(id))
  }
  const get = async (id: string): Promise<Channel> => {
    const found = channels.find(id)
    if (found === null) throw buildNotFound(id)
    return found.channel
  }

  return {
    list: async () => channels.list(),
    get,
    async create(settings, target, actor) {
      if (channels.list().length >= MAX_CHANNELS) {
        throw new AppError('limit_reached', `There are at most ${MAX_CHANNELS} channels.`)
      }
      const id = deps.createId('chn')
      const made = { createdAt: clock.now(), createdBy: actor }
      const channel: Channel = { id, kind: target.kind, shown: showTarget(target), ...settings, ...made }
      channels.save(channel, await seal(id, target))
      return channel
    },
    async update(id, settings: Partial<ChannelSettings>, target) {
      const found = channels.find(id)
      if (found === null) throw buildNotFound(id)
      const sealed = target === null ? found.sealed : await seal(id, target)
      const led = target === null ? {} : { kind: target.kind, shown: showTarget(target) }
      const channel: Channel = { ...found.channel, ...settings, ...led }
      channels.save(channel, sealed)
      return channel
    },
    async remove(id) {
      const channel = await get(id)
      channels.remove(id)
      return channel
    },
    async test(id) {
      const { channel, target } = await open(id)
      const began = clock.monotonic()
      const noticeId = deps.createId('ntc')
      const messageId = nameMessage([noticeId])
      const message = buildTest(messageId, channel, deps.baseUrl, clock.now())
      const outcome = await deps.send(target, message, clock.now(), closing.signal)
      const now = clock.now()
      const error = outcome.isSent ? null : deps.mask(outcome.error)
      const [notice] = message.notices
      if (notice !== undefined) {
        const state = outcome.isSent ? 'sent' : 'failed'
        const ended = { state, attempts: 1, nextAt: now, endedAt: now, messageId, error } as const
        const about = { key: `test:${messageId}`, thread: null, channelId: id }
        notices.add([{ ...notice, ...about, id: noticeId, ...ended }])
      }
      return { isSent: outcome.isSent, error, milliseconds: Math.round(clock.monotonic() - began) }
    },
    listNotices: async (filter) => notices.list(filter),
    createSecret: deps.createSecret,
    look,
    async close() {
      isClosed = true
      closing.abort()
      cancelGather?.()
      stopLooking()
      stopEvents()
      await work
    },
  }
}

/** The same for the same notices: whoever gets it twice knows it by its name. */
function nameMessage(ids: readonly string[]): string {
  return `msg_${createHash('sha256').update(ids.join()).digest('hex').slice(0, 32)}`
}

const aboutOf = (id: string) => `notification channel|${id}`

function buildNotFound(id: string): AppError {
  return new AppError('notification_channel_not_found', `There is no channel "${id}".`)
}
