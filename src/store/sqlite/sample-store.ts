/**
 * What was measured of servers. The running hour stands row by row, one transaction for all servers; what is older in
 * blocks, whose grain becomes coarser with age. Each moment is kept once.
 */
import { z } from 'zod'
import { groupSamples, joinSamples } from '../../domain/join-samples.ts'
import type { ServerId } from '../../domain/id.ts'
import { HOST_SERIES, SAMPLE_TIERS, type SampleRow } from '../../domain/sample.ts'
import type { SampleStore } from '../../hosting/ports.ts'
import { integer, serverId } from './columns.ts'
import type { Database } from './database.ts'
import { createProfileStore } from './profile-store.ts'
import { PIECE, removeInPieces } from './remove-in-pieces.ts'
import { decodeBlock, decodeSample, encodeBlock, encodeSample } from './sample-codec.ts'

const RAW = SAMPLE_TIERS[0]!
const RAW_MS = RAW.step * 1000
const DAY_MS = 86_400_000
/** More rows than that are looked for by a walk over all, not one by one. */
const MOST_LOOKS = 2000

const FIND = 'SELECT figures FROM samples WHERE at = $at AND server_id = $id'
/** Nothing for a server that is gone, whose rows went with it. */
const PUT = `INSERT OR REPLACE INTO samples (at, server_id, figures)
  SELECT $at, $id, $figures WHERE $id = '${HOST_SERIES}' OR EXISTS (SELECT 1 FROM servers WHERE id = $id)`
const REMOVE = 'DELETE FROM samples WHERE at = $at AND server_id = $id'
const FIND_BLOCK = 'SELECT rows FROM sample_blocks WHERE server_id = $id AND step = $step AND from_at = $from'
const PUT_BLOCK = `INSERT OR REPLACE INTO sample_blocks (server_id, step, from_at, rows)
  VALUES ($id, $step, $from, $rows)`
const REMOVE_BLOCK = 'DELETE FROM sample_blocks WHERE server_id = $id AND step = $step AND from_at = $from'

const hot = z.object({ figures: z.string() })
const placed = z.object({ at: integer, server_id: serverId })
const timed = z.object({ at: integer, figures: z.string() })
const blockRow = z.object({ rows: z.instanceof(Uint8Array) })
const blockPlace = z.object({ server_id: serverId, from_at: integer })
const block = blockRow.extend({ from_at: integer })

/** Of blocks that end before a time, by the length of each. */
const OLD_BLOCKS = SAMPLE_TIERS.map(
  ({ step, blockMs }) => `(step = ${step} AND from_at <= $time - ${blockMs})`,
).join(' OR ')

const REMOVE_OLD_BLOCKS = `DELETE FROM sample_blocks WHERE (server_id, step, from_at) IN
  (SELECT server_id, step, from_at FROM sample_blocks WHERE ${OLD_BLOCKS} LIMIT ${PIECE})`
const REMOVE_OLD_PROFILES = `DELETE FROM profiles WHERE (server_id, day, version_id) IN
  (SELECT server_id, day, version_id FROM profiles WHERE day < $day LIMIT ${PIECE})`

export type KeptSamples = SampleStore & {
  /** Blocks and days that are wholly older. */
  countBefore(time: number): number
  /** A few thousand rows at most are removed at once. */
  removeBefore(time: number): Promise<void>
}

export function createSampleStore(database: Database): KeptSamples {
  const findHot = (id: ServerId, at: number): SampleRow | null => {
    const found = database.get(FIND, { id, at })
    return found === null ? null : decodeSample(id, at, RAW.step, hot.parse(found).figures)
  }

  const readHot = (id: ServerId, from: number, to: number): readonly SampleRow[] => {
    const ends = database.get('SELECT min(at) AS low, max(at) AS high FROM samples')
    const low = Math.max(from - (from % RAW_MS), Number(ends?.['low'] ?? to))
    const high = Math.min(to, Number(ends?.['high'] ?? low) + 1)
    if ((high - low) / RAW_MS > MOST_LOOKS) {
      return database
        .all('SELECT at, figures FROM samples WHERE at >= $low AND at < $high AND server_id = $id', {
          low,
          high,
          id,
        })
        .map((row) => timed.parse(row))
        .map(({ at, figures }) => decodeSample(id, at, RAW.step, figures))
    }
    const rows: SampleRow[] = []
    for (let at = low; at < high; at += RAW_MS) {
      const row = findHot(id, at)
      if (row !== null) rows.push(row)
    }
    return rows
  }

  const readBlock = (id: ServerId, step: number, from: number): readonly SampleRow[] => {
    const found = database.get(FIND_BLOCK, { id, step, from })
    return found === null ? [] : decodeBlock(id, from, step, blockRow.parse(found).rows)
  }

  /** With what is there already: after the clock was set back, time comes twice. */
  const addToBlock = (id: ServerId, step: number, from: number, rows: readonly SampleRow[]) => {
    const all = groupSamples([...readBlock(id, step, from), ...rows], step)
    if (all.length > 0) database.run(PUT_BLOCK, { id, step, from, rows: encodeBlock(all, from, step) })
  }

  /** The oldest hour of a server that is over. */
  const packHour = (now: number): boolean => {
    const border = now - (now % RAW.blockMs)
    const found = database.get('SELECT at, server_id FROM samples WHERE at < $border ORDER BY at LIMIT 1', {
      border,
    })
    if (found === null) return false
    const { at, server_id: id } = placed.parse(found)
    const from = at - (at % RAW.blockMs)
    database.unsyncedTransaction(() => {
      const rows = readHot(id, from, from + RAW.blockMs)
      addToBlock(id, RAW.step, from, rows)
      for (const row of rows) database.run(REMOVE, { id, at: row.at })
    })
    return true
  }

  /** The oldest blocks of a server that are past their time become one of the next grain, or go. */
  const coarsen = (now: number, tier: number): boolean => {
    const { step, days } = SAMPLE_TIERS[tier]!
    const next = SAMPLE_TIERS[tier + 1]
    const age = now - days * DAY_MS
    const border = next === undefined ? age : age - (age % next.blockMs)
    const found = database.get(
      'SELECT server_id, from_at FROM sample_blocks WHERE step = $step AND from_at < $border ORDER BY from_at LIMIT 1',
      { step, border },
    )
    if (found === null) return false
    const { server_id: id, from_at } = blockPlace.parse(found)
    const from = next === undefined ? from_at : from_at - (from_at % next.blockMs)
    const to = next === undefined ? from_at + 1 : from + next.blockMs
    database.unsyncedTransaction(() => {
      const blocks = database
        .all(
          `SELECT from_at, rows FROM sample_blocks
             WHERE server_id = $id AND step = $step AND from_at >= $from AND from_at < $to`,
          { id, step, from, to },
        )
        .map((row) => block.parse(row))
      if (next !== undefined) {
        const rows = blocks.flatMap((one) => decodeBlock(id, one.from_at, step, one.rows))
        addToBlock(id, next.step, from, groupSamples(rows, next.step))
      }
      for (const one of blocks) database.run(REMOVE_BLOCK, { id, step, from: one.from_at })
    })
    return true
  }

  return {
    ...createProfileStore(database),
    async append(rows) {
      database.unsyncedTransaction(() => {
        for (const row of rows) {
          const before = findHot(row.serverId, row.at)
          const whole = before === null ? row : joinSamples([before, row], row.at, RAW.step)
          database.run(PUT, { at: row.at, id: row.serverId, figures: encodeSample(whole) })
        }
      })
    },
    async range(id, from, to, step) {
      const rows = SAMPLE_TIERS.flatMap((tier) =>
        database
          .all(
            `SELECT from_at, rows FROM sample_blocks
               WHERE server_id = $id AND step = $step AND from_at > $low AND from_at < $to`,
            { id, step: tier.step, low: from - tier.blockMs, to },
          )
          .map((row) => block.parse(row))
          .flatMap((one) => decodeBlock(id, one.from_at, tier.step, one.rows)),
      )
      const begin = from - (from % (step * 1000))
      const all = [...rows, ...readHot(id, begin, to)].filter(({ at }) => at >= begin && at < to)
      return groupSamples(all, step)
    },
    countBefore(time) {
      const day = Math.floor(time / DAY_MS)
      return Number(
        database.get(
          `SELECT (SELECT count(*) FROM sample_blocks WHERE ${OLD_BLOCKS}) +
             (SELECT count(*) FROM profiles WHERE day < $day) AS n`,
          { time, day },
        )?.['n'] ?? 0,
      )
    },
    async removeBefore(time) {
      const day = Math.floor(time / DAY_MS)
      await removeInPieces(() => database.run(REMOVE_OLD_BLOCKS, { time }))
      await removeInPieces(() => database.run(REMOVE_OLD_PROFILES, { day }))
    },
    async compact(now) {
      // The coarsest first, so that nothing is moved on twice in one go.
      const tiers = SAMPLE_TIERS.map((_, tier) => tier).toReversed()
      return tiers.some((tier) => coarsen(now, tier)) || packHour(now)
    },
  }
}
