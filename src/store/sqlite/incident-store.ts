import { z } from 'zod'
import { EXIT_CLASSES } from '../../domain/exit-class.ts'
import { CHANGE_KINDS, INCIDENT_KINDS, type Incident, type ServerChange } from '../../domain/incident.ts'
import { SEVERITIES } from '../../domain/memory.ts'
import type { Incidents } from '../../hosting/ports.ts'
import { incidentId, integer, jsonColumn, serverId } from './columns.ts'
import type { Database, Row } from './database.ts'

const CHANGES_KEPT = 20

const change = z.object({
  kind: z.enum(CHANGE_KINDS),
  text: z.string(),
  at: integer,
  actor: z.string(),
  eventId: integer,
})
const texts = z.array(z.string())
const incident: z.ZodType<Incident> = z.object({
  id: incidentId,
  serverId,
  server: z.string(),
  subject: z.string(),
  kind: z.enum(INCIDENT_KINDS),
  // A later release may know more of them.
  class: z.enum(EXIT_CLASSES).nullable().catch(null),
  severity: z.enum(SEVERITIES),
  openedAt: integer,
  updatedAt: integer,
  resolvedAt: integer.nullable(),
  resolution: z.string().nullable(),
  occurrences: integer,
  lastAt: integer,
  beforeLastAt: integer.nullable(),
  signals: texts,
  fingerprints: texts,
  change: change.extend({ isSuspected: z.boolean() }).nullable(),
  hint: z.string().nullable(),
  tail: z.string(),
  timeline: z.array(
    z.object({
      id: z.string(),
      at: integer,
      kind: z.enum(['trouble', 'relief', 'change', 'note']),
      text: z.string(),
      eventId: integer.nullable(),
    }),
  ),
  omitted: integer,
})
const row = z.object({ body: jsonColumn(incident) })
const changeRow = change.omit({ eventId: true }).extend({ event_id: integer })

const parseIncident = (raw: Row): Incident => row.parse(raw).body

function parseChange(raw: Row): ServerChange {
  const { event_id: eventId, ...rest } = changeRow.parse(raw)
  return { ...rest, eventId }
}

/** @param mask takes out what must never be kept: a server's last words are a stranger's */
export function createIncidentStore(database: Database, mask: (text: string) => string): Incidents {
  const put = (given: Incident) => {
    const timeline = given.timeline.map((entry) => ({ ...entry, text: mask(entry.text) }))
    const kept = { ...given, timeline, tail: mask(given.tail) }
    database.run(
      `INSERT INTO incidents VALUES ($id, $serverId, $openedAt, $resolvedAt, $body)
         ON CONFLICT (id) DO UPDATE SET resolved_at = excluded.resolved_at, body = excluded.body`,
      {
        id: given.id,
        serverId: given.serverId,
        openedAt: given.openedAt,
        resolvedAt: given.resolvedAt,
        body: JSON.stringify(kept),
      },
    )
  }
  const putChange = ({
    serverId: id,
    eventId,
    at,
    kind,
    text,
    actor,
  }: ServerChange & { readonly serverId: string }) => {
    database.run(`INSERT OR REPLACE INTO server_changes VALUES ($id, $eventId, $at, $kind, $text, $actor)`, {
      id,
      eventId,
      at,
      kind,
      text: mask(text),
      actor,
    })
    database.run(
      `DELETE FROM server_changes WHERE server_id = $id AND event_id NOT IN
         (SELECT event_id FROM server_changes WHERE server_id = $id ORDER BY event_id DESC LIMIT ${CHANGES_KEPT})`,
      { id },
    )
  }
  return {
    async find(id) {
      const found = database.get('SELECT body FROM incidents WHERE id = $id', { id })
      return found === null ? null : parseIncident(found)
    },
    async list({ state, serverId: of, before, limit }) {
      const wanted = state === undefined ? '' : `AND resolved_at IS ${state === 'open' ? '' : 'NOT '}NULL`
      return database
        .all(
          `SELECT body FROM incidents WHERE ($of IS NULL OR server_id = $of) AND ($before IS NULL OR id < $before)
             ${wanted} ORDER BY id DESC LIMIT $limit`,
          { of: of ?? null, before: before ?? null, limit },
        )
        .map(parseIncident)
    },
    async listCurrent(of, since) {
      return database
        .all(
          `SELECT body FROM incidents WHERE server_id = $of AND (resolved_at IS NULL OR resolved_at >= $since)
             ORDER BY id DESC LIMIT 100`,
          { of, since },
        )
        .map(parseIncident)
    },
    async listChanges(of) {
      return database
        .all(
          'SELECT event_id, at, kind, text, actor FROM server_changes WHERE server_id = $of ORDER BY event_id DESC',
          { of },
        )
        .map(parseChange)
    },
    async cursor() {
      const found = database.get('SELECT event_id FROM incident_cursor')
      return found === null ? null : integer.parse(found['event_id'])
    },
    async save({ cursor, incidents = [], change: changed }) {
      // What follows from events needs no sync of its own: a power failure takes the cursor back with it, never it alone.
      const write = (work: () => void) =>
        cursor === undefined ? database.transaction(work) : database.unsyncedTransaction(work)
      write(() => {
        for (const each of incidents) put(each)
        if (changed !== undefined) putChange(changed)
        if (cursor === undefined) return
        database.run(
          'INSERT INTO incident_cursor VALUES (1, $cursor) ON CONFLICT (one) DO UPDATE SET event_id = excluded.event_id',
          { cursor },
        )
      })
    },
    async removeResolvedBefore(time) {
      return database.run('DELETE FROM incidents WHERE resolved_at < $time', { time })
    },
  }
}
