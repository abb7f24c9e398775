import { describe, expect, it } from 'vitest'
import type { ServerId, VersionId } from '../../domain/id.ts'
import type { CleanupFacts, VersionFact } from './cleanup-item.ts'
import { decideCleanup } from './decide-cleanup.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 5, 1)
const POLICY = { keepVersions: 2, cacheDays: 30, logDays: 14, failedAfterDays: null, graceDays: 30 }
const NOTHING: CleanupFacts = {
  leftovers: [],
  servers: [],
  archived: [],
  strays: [],
  records: [],
}
const WEATHER = 'srv_weather' as ServerId

const version = (number: number, isReferenced = false): VersionFact => ({
  id: `ver_${number}` as VersionId,
  number,
  treeHash: String(number),
  createdAt: number,
  isReferenced,
  bytes: 10 * number,
})
const list = (facts: Partial<CleanupFacts>, now = NOW) =>
  decideCleanup({ ...NOTHING, ...facts }, now, POLICY).map(({ what, bytes }) => `${what}, ${bytes}`)
const withVersions = (...versions: VersionFact[]) =>
  list({ servers: [{ id: WEATHER, name: 'weather', versions, next: null, oldLogs: null }] })

describe('decideCleanup', () => {
  it('has nothing to do where nothing is left over', () => {
    expect(list({})).toEqual([])
  })

  it('names leftovers with their reason', () => {
    const leftovers = [
      { kind: 'upload', name: 'a.upload', bytes: 1, at: NOW },
      { kind: 'staging', name: 'deploy-b', bytes: 2, at: NOW },
      { kind: 'tree', name: 'c'.repeat(64), bytes: 3, at: NOW },
    ] as const
    const items = decideCleanup({ ...NOTHING, leftovers }, NOW, POLICY)
    expect(items.map(({ what, why, bytes }) => [what, why, bytes])).toEqual([
      ['upload a.upload', 'No deployment works with this archive.', 1],
      ['work folder deploy-b', 'The deployment that made it has ended.', 2],
      ['installed tree cccccccccccccccc…', 'No version names it.', 3],
    ])
    expect(items[2]?.target).toEqual({ kind: 'tree', name: 'c'.repeat(64) })
  })

  it('lets dependencies go that nobody used for 30 days, and no sooner, wherever the clock stands', () => {
    const leftovers = [{ kind: 'cache', name: 'pip', bytes: 5, at: NOW }] as const
    expect(list({ leftovers }, NOW + 30 * DAY)).toEqual([])
    expect(list({ leftovers }, NOW + 30 * DAY + 1)).toEqual(['cached dependencies pip, 5'])
    expect(list({ leftovers }, NOW - 3650 * DAY)).toEqual([])
  })

  it('keeps the newest version, those that something needs, and as many more as it is told to', () => {
    expect(withVersions(version(3), version(2), version(1))).toEqual([])
    expect(withVersions(version(5), version(4), version(3), version(2, true), version(1))).toEqual([
      'weather version 1, 10',
    ])
    expect(withVersions(...[9, 8, 7, 6, 5].map((number) => version(number)))).toEqual([
      'weather version 6, 60',
      'weather version 5, 50',
    ])
    expect(withVersions(...[9, 8, 7, 6, 5].map((number) => version(number, true)))).toEqual([])
  })

  it('removes old logs of a server to the moment that it names', () => {
    const servers = [
      { id: WEATHER, name: 'weather', versions: [], next: null, oldLogs: { files: 1, bytes: 7, at: 1 } },
    ]
    expect(decideCleanup({ ...NOTHING, servers }, NOW, POLICY)).toEqual([
      {
        target: { kind: 'log', serverId: WEATHER, before: NOW - 14 * DAY },
        what: 'weather: 1 log file',
        why: 'Nothing in them is younger than 14 days.',
        bytes: 7,
        at: 1,
      },
    ])
  })

  it('tells records only where there are any', () => {
    const records = [
      { name: 'events', count: 0, days: 90 },
      { name: 'calls', count: 3, days: 7 },
    ]
    expect(list({ records })).toEqual(['3 calls, 0'])
  })
})
