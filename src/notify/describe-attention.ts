/** What no event says: states that last. Told when they begin and when they are over. Pure. */
import type { AttentionItem, AttentionKind } from '../domain/attention.ts'
import type { NoticeDraft, NoticeTopic } from '../domain/notification.ts'
import { cleanText } from './clean-text.ts'

const TOPICS: Readonly<Partial<Record<AttentionKind, NoticeTopic>>> = {
  disk_nearly_full: 'disk',
  dependency_down: 'dependency',
  token_expires: 'token',
  host: 'platform',
}
export const THREADS = 'lasting:'

export function describeAttention(items: readonly AttentionItem[], now: number): readonly NoticeDraft[] {
  return items.flatMap((item): readonly NoticeDraft[] => {
    const topic = TOPICS[item.kind]
    if (topic === undefined) return []
    const { kind, server, urgency, text, command } = item
    // Percentages grow while the trouble stays the same.
    const thread =
      `${THREADS}${kind}:${server ?? ''}:${server === null ? text.replaceAll(/\d+ %/g, '') : ''}`.slice(
        0,
        300,
      )
    return [
      {
        key: `${thread}:${now}`,
        thread,
        step: 'opens',
        topic,
        urgency,
        server,
        title: titleOf(item),
        text: `${cleanText(text)} ${command}`,
        at: now,
      },
    ]
  })
}

/** Of a thread that was opened and is not among what lasts now. */
export function describeEnd(thread: string, now: number): NoticeDraft | null {
  const [kind = '', server = ''] = thread.slice(THREADS.length).split(':')
  const topic = TOPICS[kind as AttentionKind]
  if (topic === undefined) return null
  const of = server === '' ? null : server
  const words = ENDS[kind as AttentionKind]
  return {
    key: `${thread}:over:${now}`,
    thread,
    step: 'closes',
    topic,
    urgency: 'info',
    server: of,
    title: of === null ? 'Over' : `${of}: over`,
    text: words ?? 'What was told here is no longer so.',
    at: now,
  }
}

const ENDS: Readonly<Partial<Record<AttentionKind, string>>> = {
  disk_nearly_full: 'The disk has room again.',
  dependency_down: 'It no longer waits for a service that is down.',
  token_expires: 'The token no longer runs out: it expired, was revoked or was replaced.',
}

function titleOf({ kind, server }: AttentionItem): string {
  if (kind === 'disk_nearly_full')
    return server === null ? 'A disk is nearly full' : `${server}: /data is nearly full`
  if (kind === 'dependency_down') return `${server ?? 'A server'} waits for a service that is down`
  if (kind === 'token_expires') return 'A token runs out soon'
  return 'The platform needs somebody'
}
