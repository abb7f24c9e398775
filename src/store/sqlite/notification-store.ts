import { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import {
  CHANNEL_KINDS,
  NOTICE_STATES,
  NOTICE_TOPICS,
  NOTICE_URGENCIES,
  type Channel,
  type Notice,
} from '../../domain/notification.ts'
import type { Channels, Notices } from '../../notify/ports.ts'
import { integer, jsonColumn } from './columns.ts'
import type { Database, Row } from './database.ts'

const STEPS = ['opens', 'closes', 'alone'] as const

const settings = z.object({
  isEnabled: z.boolean(),
  // A later release may know more of them.
  topics: z.array(z.string()).transform((all) => NOTICE_TOPICS.filter((topic) => all.includes(topic))),
  servers: z.array(z.string()),
  minUrgency: z.enum(NOTICE_URGENCIES),
  maxPerHour: integer,
  quiet: z.object({ from: integer, to: integer }).nullable(),
})
const channelRow = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(CHANNEL_KINDS),
  shown: z.string(),
  sealed: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  settings: jsonColumn(settings),
  created_at: integer,
  created_by: z.string(),
})
const noticeRow = z.object({
  id: z.string(),
  channel_id: z.string(),
  key: z.string(),
  thread: z.string().nullable(),
  step: z.enum(STEPS),
  topic: z.enum(NOTICE_TOPICS),
  urgency: z.enum(NOTICE_URGENCIES),
  server: z.string().nullable(),
  title: z.string(),
  text: z.string(),
  at: integer,
  state: z.enum(NOTICE_STATES),
  attempts: integer,
  next_at: integer,
  ended_at: integer.nullable(),
  message_id: z.string().nullable(),
  error: z.string().nullable(),
})

function parseChannel(raw: Row): { readonly channel: Channel; readonly sealed: Uint8Array } {
  const { sealed, settings: set, created_at, created_by, ...rest } = channelRow.parse(raw)
  return { channel: { ...rest, ...set, createdAt: created_at, createdBy: created_by }, sealed }
}

function parseNotice(raw: Row): Notice {
  const { channel_id, next_at, ended_at, message_id, ...rest } = noticeRow.parse(raw)
  return { ...rest, channelId: channel_id, nextAt: next_at, endedAt: ended_at, messageId: message_id }
}

export function createChannelStore(database: Database): Channels {
  return {
    list: () =>
      database
        .all('SELECT * FROM notification_channels ORDER BY name')
        .map((raw) => parseChannel(raw).channel),
    find(id) {
      const found = database.get('SELECT * FROM notification_channels WHERE id = $id', { id })
      return found && parseChannel(found)
    },
    save(channel, sealed) {
      const { id, name, kind, shown, createdAt, createdBy, ...set } = channel
      const other = database.get('SELECT 1 FROM notification_channels WHERE name = $name AND id <> $id', {
        name,
        id,
      })
      if (other !== null) throw new AppError('conflict', `There is a channel "${name}" already.`)
      database.run(
        `INSERT INTO notification_channels VALUES ($id, $name, $kind, $shown, $sealed, $settings, $createdAt, $createdBy)
           ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, shown = excluded.shown,
             sealed = excluded.sealed, settings = excluded.settings`,
        { id, name, kind, shown, createdAt, createdBy, sealed, settings: JSON.stringify(set) },
      )
    },
    remove: (id) => void database.run('DELETE FROM notification_channels WHERE id = $id', { id }),
  }
}

export function createNoticeStore(
  database: Database,
): Notices & { countEndedBefore(time: number): number; removeEndedBefore(time: number): number } {
  const count = (sql: string, parameters: Readonly<Record<string, string | number>>) =>
    Number(database.get(sql, parameters)?.['n'] ?? 0)
  return {
    add(notices) {
      database.transaction(() => {
        for (const notice of notices) {
          // The channel may have gone meanwhile.
          database.run(
            `INSERT OR IGNORE INTO notices SELECT $id, $channelId, $key, $thread, $step, $topic, $urgency, $server, $title,
               $text, $at, $state, $attempts, $nextAt, $endedAt, $messageId, $error
               WHERE EXISTS (SELECT 1 FROM notification_channels WHERE id = $channelId)`,
            notice,
          )
        }
      })
    },
    setCursor(cursor) {
      // One that is lost in a power failure makes no notice twice: the keys of the events are there.
      database.unsyncedTransaction(() => {
        database.run(
          'INSERT INTO notice_cursor VALUES (1, $cursor) ON CONFLICT (one) DO UPDATE SET event_id = excluded.event_id',
          { cursor },
        )
      })
    },
    cursor() {
      const found = database.get('SELECT event_id FROM notice_cursor')
      return found === null ? null : integer.parse(found['event_id'])
    },
    lastStep(channelId, thread) {
      const found = database.get(
        `SELECT step FROM notices WHERE thread = $thread AND channel_id = $channelId
           ORDER BY rowid DESC LIMIT 1`,
        { thread, channelId },
      )
      return found === null ? null : z.enum(['opens', 'closes']).parse(found['step'])
    },
    listOpen(prefix) {
      return database
        .all(
          `SELECT DISTINCT thread FROM notices n WHERE substr(thread, 1, length($prefix)) = $prefix AND step = 'opens'
             AND NOT EXISTS (SELECT 1 FROM notices c WHERE c.thread = n.thread AND c.channel_id = n.channel_id
               AND c.step = 'closes' AND c.rowid > n.rowid)`,
          { prefix },
        )
        .map((raw) => z.string().parse(raw['thread']))
    },
    countWaiting: (channelId) =>
      count(`SELECT count(*) AS n FROM notices WHERE channel_id = $channelId AND state = 'waiting'`, {
        channelId,
      }),
    listDue: (channelId, now, limit) =>
      database
        .all(
          `SELECT * FROM notices WHERE channel_id = $channelId AND state = 'waiting' AND next_at <= $now
             ORDER BY rowid LIMIT $limit`,
          { channelId, now, limit },
        )
        .map(parseNotice),
    countMessages: (channelId, since) =>
      count(
        `SELECT count(DISTINCT message_id) AS n FROM notices
           WHERE channel_id = $channelId AND state = 'sent' AND ended_at > $since`,
        { channelId, since },
      ),
    update(ids, changes) {
      database.transaction(() => {
        for (const id of ids) {
          database.run(
            `UPDATE notices SET state = $state, attempts = $attempts, next_at = $nextAt, ended_at = $endedAt,
               message_id = $messageId, error = $error WHERE id = $id`,
            { ...changes, id },
          )
        }
      })
    },
    list: ({ channelId = null, state = null, limit }) =>
      database
        .all(
          `SELECT * FROM notices WHERE ($channelId IS NULL OR channel_id = $channelId)
             AND ($state IS NULL OR state = $state) ORDER BY rowid DESC LIMIT $limit`,
          { channelId, state, limit },
        )
        .map(parseNotice),
    countEndedBefore: (time) => count('SELECT count(*) AS n FROM notices WHERE ended_at < $time', { time }),
    removeEndedBefore: (time) => database.run('DELETE FROM notices WHERE ended_at < $time', { time }),
  }
}
