/** Takes one message to its place. What went wrong is told in our words: what the other side says may repeat secrets. */
import { AppError } from '../../domain/error.ts'
import type { ChannelTarget } from '../../domain/notification.ts'
import { safeFetch, type FetchRules } from '../../system/safe-fetch.ts'
import { sendMail, type MailRules } from '../../system/send-mail.ts'
import type { Message } from '../message.ts'
import { buildHttpBody } from './http-body.ts'

export type SendRules = MailRules & Pick<FetchRules, 'named' | 'timeoutMs'>

export type Outcome =
  | { readonly isSent: true }
  | {
      readonly isSent: false
      readonly error: string
      /** Sending it again would not help. */
      readonly isFinal: boolean
      /** How long the other side asks to wait. */
      readonly waitMs: number | null
    }

/** What a place answers is not read; it is looked at for its status alone. */
const MAX_ANSWER = 64 * 1024

/** Never rejects. */
export async function sendMessage(
  target: ChannelTarget,
  message: Message,
  rules: SendRules,
  now: number,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    if (target.kind === 'mail') {
      await sendMail(buildMail(target, message), rules, signal)
      return { isSent: true }
    }
    const { url, headers, body } = buildHttpBody(target, message, now)
    const answer = await safeFetch(
      { url, method: 'POST', headers, body, signal },
      { ...rules, maxBytes: MAX_ANSWER },
    )
    answer.discard()
    return judgeStatus(answer.status, answer.headers['retry-after'])
  } catch (error) {
    return explain(error, target)
  }
}

function judgeStatus(status: number, retryAfter: string | undefined): Outcome {
  if (status >= 200 && status < 300) return { isSent: true }
  const isPassing = status === 408 || status === 425 || status === 429 || status >= 500
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : null
  return {
    isSent: false,
    error: `It answered ${status}.`,
    isFinal: !isPassing,
    waitMs: seconds === null ? null : seconds * 1000,
  }
}

function explain(error: unknown, target: ChannelTarget): Outcome {
  if (!(error instanceof AppError))
    return { isSent: false, error: 'It failed.', isFinal: false, waitMs: null }
  // The path of a webhook opens it.
  const text = target.kind === 'webhook' || target.kind === 'slack' ? hidePath(error.message) : error.message
  const status = error.details?.['status']
  const isFinal = error.code === 'fetch_refused' || (typeof status === 'number' && status >= 500)
  return { isSent: false, error: text, isFinal, waitMs: null }
}

function hidePath(text: string): string {
  return text.replaceAll(/(https?:\/\/[^/"\s]+)\/[^"\s]*/g, '$1/…')
}

function buildMail(target: Extract<ChannelTarget, { kind: 'mail' }>, { id, title, text, link }: Message) {
  const { host, port, security, user, password, from, to } = target
  return {
    host,
    port,
    security,
    login: user === null || password === null ? null : { user, password },
    from,
    to,
    subject: `[hAIveMind] ${title}`.replaceAll(/[\r\n]+/g, ' ').slice(0, 200),
    text: `${text}\n\n${link}\n`,
    messageId: `${id}@haivemind`,
  }
}
