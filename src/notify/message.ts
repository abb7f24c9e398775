/** One message, whatever it travels by: a notice, or several together. Pure. */
import type { Channel, Notice, NoticeUrgency } from '../domain/notification.ts'
import { NOTICE_URGENCIES } from '../domain/notification.ts'

export type Message = {
  readonly id: string
  readonly title: string
  readonly text: string
  readonly urgency: NoticeUrgency
  readonly at: number
  /** Of the dashboard. */
  readonly link: string
  readonly notices: readonly Pick<Notice, 'topic' | 'urgency' | 'server' | 'title' | 'text' | 'at' | 'step'>[]
}

/** Of a digest, the first are told in full. */
const SHOWN = 20

export function buildMessage(id: string, notices: readonly Notice[], baseUrl: string, now: number): Message {
  const [first] = notices
  if (first !== undefined && notices.length === 1) {
    const { title, text, urgency, at, server } = first
    const link = server === null ? `${baseUrl}/` : `${baseUrl}/servers/${encodeURIComponent(server)}`
    return { id, title, text, urgency, at, link, notices }
  }
  const urgency = NOTICE_URGENCIES.find((word) => notices.some((notice) => notice.urgency === word)) ?? 'info'
  const sorted = notices.toSorted((a, b) => rank(a) - rank(b))
  const lines = sorted.slice(0, SHOWN).map(({ title, text }) => `- ${title}: ${text}`)
  const more = notices.length > SHOWN ? [`… and ${notices.length - SHOWN} more`] : []
  return {
    id,
    title: `${notices.length} things happened`,
    text: [...lines, ...more].join('\n'),
    urgency,
    at: now,
    link: `${baseUrl}/`,
    notices: sorted,
  }
}

const rank = ({ urgency }: Pick<Notice, 'urgency'>) => NOTICE_URGENCIES.indexOf(urgency)

/** So that somebody sees whether it arrives. */
export function buildTest(id: string, channel: Pick<Channel, 'name'>, baseUrl: string, now: number): Message {
  const title = 'A test of hAIveMind Hosting'
  const text = `This is what messages on the channel "${channel.name}" look like.`
  const notice = {
    topic: 'platform',
    urgency: 'info',
    server: null,
    title,
    text,
    at: now,
    step: 'alone',
  } as const
  return {
    id,
    title,
    text,
    urgency: 'info',
    at: now,
    link: `${baseUrl}/settings/notifications`,
    notices: [notice],
  }
}
