/** Each day of each version of a server, in one row. */
import { z } from 'zod'
import { nameProfile, type DailyProfile } from '../../domain/sample.ts'
import type { SampleStore } from '../../hosting/ports.ts'
import { integer, jsonColumn, serverId, versionId } from './columns.ts'
import type { Database } from './database.ts'

const PUT = `INSERT OR REPLACE INTO profiles (server_id, day, version_id, profile)
  SELECT $serverId, $day, $versionId, $profile WHERE EXISTS (SELECT 1 FROM servers WHERE id = $serverId)`

const number = z.number()
const stored: z.ZodType<Omit<DailyProfile, 'id' | 'serverId' | 'versionId' | 'day'>> = z.object({
  steps: integer,
  full: z.boolean(),
  memoryPeak: number,
  memoryFloor: number,
  startupPeak: number.nullable(),
  memoryLimit: number.nullable(),
  censored: integer,
  oomKills: integer,
  cpu: z.custom<DailyProfile['cpu']>(isCpu),
  cpuLimit: number.nullable(),
  periods: integer,
  throttledPeriods: integer,
  windows: integer,
  throttledWindows: integer,
  processesMax: integer,
  calls: integer,
  errors: integer,
  p50: number.nullable(),
  p95: number.nullable(),
  latencies: z.string(),
  watched: z.boolean(),
})
const row = z.object({
  server_id: serverId,
  day: integer,
  version_id: versionId,
  profile: jsonColumn(stored),
})

/** Thirty of each server are read at once, forty pairs in each: a schema of pairs would be most of the work. */
function isCpu(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (pair: unknown) =>
        Array.isArray(pair) &&
        pair.length === 2 &&
        Number.isSafeInteger(pair[0]) &&
        Number.isFinite(pair[1] as unknown),
    )
  )
}

export function createProfileStore(database: Database): Pick<SampleStore, 'daily' | 'saveDaily'> {
  return {
    async saveDaily(profiles) {
      database.unsyncedTransaction(() => {
        for (const { id: _, serverId: server, versionId: version, day, ...profile } of profiles) {
          database.run(PUT, {
            serverId: server,
            versionId: version,
            day,
            profile: JSON.stringify(profile),
          })
        }
      })
    },
    async daily(id, since = 0) {
      return database
        .all('SELECT * FROM profiles WHERE server_id = $id AND day >= $since ORDER BY day, version_id', {
          id,
          since,
        })
        .map((raw) => row.parse(raw))
        .map(({ server_id, version_id, day, profile }) => ({
          ...profile,
          id: nameProfile(server_id, version_id, day),
          serverId: server_id,
          versionId: version_id,
          day,
        }))
    },
  }
}
