/** What a server's memory did when it went from one version of itself to the next, and which dependencies changed. Pure. */
import type { DailyProfile } from '../../domain/sample.ts'
import type { VersionId } from '../../domain/id.ts'

export type Move = {
  readonly server: string
  /** `zod 4.1.0`: what is there in another version than before. */
  readonly to: readonly string[]
  /** Of the medians of its days before and after, MiB. */
  readonly beforeMib: number
  readonly afterMib: number
}

export type MovedVersion = {
  readonly number: number
  readonly versions: Readonly<Record<string, string>>
}

/** Ten seconds each: a quarter of a day says what it needs. */
const LEAST_STEPS = 2_160
/** So many days on either side of the change. */
const DAYS = 7
const MIB = 2 ** 20

/** Oldest first. Versions that nothing was measured of, or whose dependencies are not known, are passed over. */
export function readMoves(
  server: string,
  profiles: readonly Pick<DailyProfile, 'versionId' | 'day' | 'steps' | 'memoryPeak'>[],
  versions: ReadonlyMap<VersionId, MovedVersion>,
): readonly Move[] {
  const measured = [
    ...Map.groupBy(
      profiles.filter(({ steps }) => steps >= LEAST_STEPS),
      ({ versionId }) => versionId,
    ),
  ]
    .flatMap(([id, days]) => {
      const version = versions.get(id)
      return version === undefined ? [] : [{ ...version, days: days.toSorted((a, b) => a.day - b.day) }]
    })
    .toSorted((a, b) => a.number - b.number)
  return measured.slice(1).flatMap((after, index) => {
    const before = measured[index]
    if (before === undefined) return []
    const to = Object.entries(after.versions)
      .filter(([name, version]) => before.versions[name] !== undefined && before.versions[name] !== version)
      .map(([name, version]) => `${name} ${version}`)
      .toSorted()
    return [
      {
        server,
        to,
        beforeMib: findPeak(before.days.slice(-DAYS)),
        afterMib: findPeak(after.days.slice(0, DAYS)),
      },
    ]
  })
}

/** The median of the daily peaks. */
function findPeak(days: readonly Pick<DailyProfile, 'memoryPeak'>[]): number {
  const sorted = days.map(({ memoryPeak }) => memoryPeak / MIB).toSorted((a, b) => a - b)
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return ((low ?? 0) + (high ?? 0)) / 2
}
