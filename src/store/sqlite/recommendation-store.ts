import { z } from 'zod'
import {
  DIRECTIONS,
  RECOMMENDATION_STATES,
  RESOURCES,
  TIERS,
  type Recommendation,
} from '../../domain/recommendation.ts'
import type { MemoryKills, Recommendations } from '../../hosting/ports.ts'
import { integer, jsonColumn, memoColumn, recommendationId, serverId } from './columns.ts'
import type { Database, Row } from './database.ts'

const number = z.number()
const setting = z.union([number, z.string()])
const proposal = z.object({
  direction: z.enum(DIRECTIONS),
  current: setting,
  proposed: setting,
  tier: z.enum(TIERS),
  confidence: z.object({
    value: number,
    days: number,
    samples: number,
    censor: number,
    stationary: number,
  }),
  because: z.array(z.object({ id: z.string(), text: z.string(), source: z.string() })),
  formula: z.string(),
  backtest: z
    .object({
      days: integer,
      exceeded: integer,
      unusedBefore: number.nullable(),
      unusedAfter: number.nullable(),
    })
    .nullable(),
  risk: z.object({ expectedOomDaysPer100: number, source: z.string() }).nullable(),
  mayApply: z.boolean(),
})
const application = z.object({
  at: integer,
  by: z.string(),
  before: setting,
  after: setting,
  inPlace: z.boolean(),
  watchedUntil: integer,
  baseline: z.object({ latencies: z.string(), throttled: number.nullable() }),
})
const row = z.object({
  id: recommendationId,
  server_id: serverId,
  created_at: integer,
  seen_at: integer,
  resource: z.enum(RESOURCES),
  state: z.enum(RECOMMENDATION_STATES),
  ended_at: integer.nullable(),
  proposal: memoColumn(proposal),
  application: jsonColumn(application).nullable(),
  reason: z.string().nullable(),
})
const kill = z.object({ at: integer, memory_mb: integer })

function parse(raw: Row): Recommendation {
  const found = row.parse(raw)
  return {
    ...found.proposal,
    id: found.id,
    serverId: found.server_id,
    resource: found.resource,
    createdAt: found.created_at,
    seenAt: found.seen_at,
    state: found.state,
    application: found.application,
    endedAt: found.ended_at,
    reason: found.reason,
  }
}

/** Nothing for a server that is gone. */
const PUT = `INSERT OR REPLACE INTO recommendations
    (id, server_id, created_at, seen_at, resource, state, ended_at, proposal, application, reason)
  SELECT $id, $serverId, $createdAt, $seenAt, $resource, $state, $endedAt, $proposal, $application, $reason
    WHERE EXISTS (SELECT 1 FROM servers WHERE id = $serverId)`
const LIST = `SELECT * FROM recommendations
  WHERE ($serverId IS NULL OR server_id = $serverId) AND ($state IS NULL OR state = $state)
  ORDER BY created_at DESC, rowid DESC LIMIT $limit`
const LIVE = `SELECT * FROM recommendations WHERE state IN ('open', 'applied') OR ended_at > $since ORDER BY rowid`
const SAW = 'UPDATE recommendations SET seen_at = $at WHERE id IN (SELECT value FROM json_each($all))'
const PUT_KILL = `INSERT INTO memory_kills SELECT $serverId, $at, $memoryMb
  WHERE EXISTS (SELECT 1 FROM servers WHERE id = $serverId)`

export function createRecommendationStore(database: Database): Recommendations {
  return {
    async find(id) {
      const found = database.get('SELECT * FROM recommendations WHERE id = $id', { id })
      return found === null ? null : parse(found)
    },
    async list({ serverId: server = null, state = null, limit }) {
      return database.all(LIST, { serverId: server, state, limit }).map(parse)
    },
    listLive: async (since) => database.all(LIVE, { since }).map(parse),
    async saw(ids, at) {
      const all = JSON.stringify(ids)
      if (ids.length > 0) database.run(SAW, { all, at })
    },
    async save(items) {
      if (items.length === 0) return
      database.transaction(() => {
        for (const item of items) {
          const { id, serverId: server, createdAt, seenAt, resource, state, endedAt, reason } = item
          const {
            direction,
            current,
            proposed,
            tier,
            confidence,
            because,
            formula,
            backtest,
            risk,
            mayApply,
          } = item
          database.run(PUT, {
            id,
            serverId: server,
            createdAt,
            seenAt,
            resource,
            state,
            endedAt,
            reason,
            proposal: JSON.stringify({
              direction,
              current,
              proposed,
              tier,
              confidence,
              because,
              formula,
              backtest,
              risk,
              mayApply,
            }),
            application: item.application === null ? null : JSON.stringify(item.application),
          })
        }
      })
    },
  }
}

export function createKillStore(database: Database): MemoryKills {
  return {
    async add({ serverId: server, at, memoryMb }) {
      database.run(PUT_KILL, { serverId: server, at, memoryMb })
    },
    async list(server, since) {
      return database
        .all(
          'SELECT at, memory_mb FROM memory_kills WHERE server_id = $server AND at >= $since ORDER BY at',
          {
            server,
            since,
          },
        )
        .map((raw) => kill.parse(raw))
        .map(({ at, memory_mb }) => ({ at, memoryMb: memory_mb }))
    },
  }
}
