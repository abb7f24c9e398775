/** What each kind of place that takes HTTP is sent. Pure. */
import { createHmac } from 'node:crypto'
import type { ChannelTarget, NoticeUrgency } from '../../domain/notification.ts'
import type { Message } from '../message.ts'

type HttpTarget = Exclude<ChannelTarget, { kind: 'mail' }>
export type HttpBody = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** @param now of sending: who receives a webhook refuses an old one */
export function buildHttpBody(target: HttpTarget, message: Message, now: number): HttpBody {
  switch (target.kind) {
    case 'webhook':
      return buildWebhook(target, message, now)
    case 'slack':
      return { url: target.url, headers: JSON_TYPE, body: JSON.stringify(buildSlack(message)) }
    case 'ntfy':
      return {
        url: target.url,
        headers: {
          ...JSON_TYPE,
          ...(target.token === null ? {} : { authorization: `Bearer ${target.token}` }),
        },
        body: JSON.stringify(buildNtfy(target.topic, message)),
      }
    default:
      return target satisfies never
  }
}

const JSON_TYPE = { 'content-type': 'application/json' } as const

/** Standard Webhooks: `v1,` and HMAC-SHA-256 over `{id}.{seconds}.{body}`. */
function buildWebhook(
  { url, secret }: Extract<ChannelTarget, { kind: 'webhook' }>,
  { id, title, text, urgency, at, link, notices }: Message,
  now: number,
): HttpBody {
  const body = JSON.stringify({
    type: notices.length > 1 ? 'notification.digest' : 'notification',
    timestamp: new Date(at).toISOString(),
    data: {
      title,
      text,
      urgency,
      link,
      notices: notices.map((notice) => ({
        topic: notice.topic,
        urgency: notice.urgency,
        step: notice.step,
        server: notice.server,
        title: notice.title,
        text: notice.text,
        at: new Date(notice.at).toISOString(),
      })),
    },
  })
  const seconds = String(Math.floor(now / 1000))
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return {
    url,
    headers: {
      ...JSON_TYPE,
      'webhook-id': id,
      'webhook-timestamp': seconds,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  }
}

/** Slack's three characters; `mrkdwn` off, so that nothing else in it means anything. */
function buildSlack({ title, text, link }: Message) {
  const escape = (words: string) =>
    words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return { text: `${escape(title)}\n${escape(text)}\n${escape(link)}`, mrkdwn: false, unfurl_links: false }
}

const PRIORITIES: Readonly<Record<NoticeUrgency, number>> = { now: 5, soon: 3, info: 2 }

function buildNtfy(topic: string, { title, text, urgency, link }: Message) {
  return { topic, title, message: text, priority: PRIORITIES[urgency], click: link }
}
