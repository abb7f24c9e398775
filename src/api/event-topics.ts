/** What of everything that happens one stream wants: `?topics=server,deploy,log:weather@120,metric`. */
import { AppError } from '../domain/error.ts'
import type { PlatformEvent } from '../domain/event.ts'
import { SERVER_NAME } from '../domain/id.ts'

/** Of what is stored as an event. */
export const EVENT_TOPICS = ['server', 'deploy', 'tool', 'client', 'secret', 'access', 'system'] as const
type EventTopic = (typeof EVENT_TOPICS)[number]

/** By the word before the dot of its type. */
const TOPIC_OF: Readonly<Record<string, EventTopic>> = {
  server: 'server',
  version: 'server',
  egress: 'server',
  limit: 'server',
  deploy: 'deploy',
  tool: 'tool',
  pins: 'tool',
  incident: 'server',
  recommendation: 'server',
  client: 'client',
  secret: 'secret',
  secrets: 'secret',
  token: 'access',
  user: 'access',
}

export type LogTopic = {
  readonly server: string
  /** Lines after this one, those that are kept first; null: only what comes. */
  readonly after: number | null
}

export type Topics = {
  readonly isWanted: (event: PlatformEvent) => boolean
  readonly logs: readonly LogTopic[]
  /** What servers use, each second. */
  readonly hasSamples: boolean
}

const MAX_LOGS = 20

function topicOf(type: PlatformEvent['type']): EventTopic {
  return TOPIC_OF[type.slice(0, type.indexOf('.'))] ?? 'system'
}

/** Absent: every event, and neither log lines nor samples. Throws `invalid_request` for a topic that is none. */
export function parseTopics(text: string | undefined): Topics {
  if (text === undefined) return { isWanted: () => true, logs: [], hasSamples: false }
  const words = [...new Set(text.split(',').map((word) => word.trim()))]
  const logs = words.flatMap((word) => (word.startsWith('log:') ? [parseLogTopic(word)] : []))
  if (logs.length > MAX_LOGS) throw new AppError('invalid_request', `query.topics: over ${MAX_LOGS} logs.`)
  const wanted = new Set<string>(words)
  const known = new Set<string>([...EVENT_TOPICS, 'metric'])
  const unknown = words.find((word) => !word.startsWith('log:') && !known.has(word))
  if (unknown !== undefined) {
    throw new AppError(
      'invalid_request',
      `query.topics: "${unknown}" is none; take ${[...known].join(', ')} or log:{server}.`,
    )
  }
  return { isWanted: ({ type }) => wanted.has(topicOf(type)), logs, hasSamples: wanted.has('metric') }
}

function parseLogTopic(word: string): LogTopic {
  const [, server = '', cursor] = /^log:([^@]*)(?:@(\d{1,15}))?$/.exec(word) ?? []
  if (SERVER_NAME.test(server)) return { server, after: cursor === undefined ? null : Number(cursor) }
  throw new AppError(
    'invalid_request',
    `query.topics: "${word}" is not log:{server} or log:{server}@{cursor}.`,
  )
}
