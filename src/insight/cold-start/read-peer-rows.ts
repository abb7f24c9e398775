/** Profiles as other platforms tell them: only numbers and names that could be true become rows. Pure. */
import type { Json, JsonObject } from '../../domain/json.ts'
import type { Row } from './row.ts'

const MIB = 1024 ** 2
const LEAST_MIB = 1
const MOST_MIB = 65_536
const MOST_DEPENDENCIES = 64
/** Names of packages and servers, and nothing that reads like a sentence. */
const NAME = /^@?[\w.-]{1,80}(?:\/[\w.-]{1,80})?$/

export type ToldProfile = {
  readonly from: string
  readonly kind: string | null
  readonly server: string | null
  readonly facts: JsonObject
}

/** The highest day of each server. */
export function readPeerRows(told: readonly ToldProfile[]): readonly Row[] {
  const rows = new Map<string, Row>()
  for (const one of told) {
    const row = readRow(one)
    if (row === null) continue
    const key = `${row.peer} ${row.server}`
    if ((rows.get(key)?.peakMib ?? 0) < row.peakMib) rows.set(key, row)
  }
  return [...rows.values()]
}

function readRow({ from, kind, server, facts }: ToldProfile): Row | null {
  const { runtime, deps, mem_peak_bytes: peak } = facts
  const isProfile = kind === 'profile.daily' || kind === 'profile.weekly'
  if (!isProfile || server === null || typeof peak !== 'number') return null
  const peakMib = peak / MIB
  const isLikely = peakMib >= LEAST_MIB && peakMib <= MOST_MIB
  if (!isLikely || !isName(runtime) || !isName(server) || !isName(from)) return null
  const dependencies = Array.isArray(deps) ? deps.filter(isName).slice(0, MOST_DEPENDENCIES) : []
  return { server, runtime, dependencies, family: null, peer: from, peakMib }
}

function isName(value: Json | undefined): value is string {
  return typeof value === 'string' && NAME.test(value)
}
