/** One memory a server and day of what it needed: other platforms learn from it, without a name of anybody's data. */
import { fingerprintProfile, type DailyProfile } from '../../domain/sample.ts'
import type { HostingContext } from '../context.ts'

const DAY_MS = 86_400_000
const MIB = 1024 ** 2
/** A daemon that was away tells of the last days, and no more. */
const MOST_DAYS = 7

/** For the platform's timer; what was told is not told again. */
export async function tellProfiles(context: HostingContext): Promise<void> {
  const today = Math.floor(context.clock.now() / DAY_MS)
  for (const { id, name, activeVersion } of await context.servers.list()) {
    const version = activeVersion === null ? null : await context.versions.find(activeVersion)
    if (version === null) continue
    const told = await readTold(context, name, today - MOST_DAYS)
    for (const profile of await context.samples.daily(id, today - MOST_DAYS)) {
      const { day, versionId } = profile
      const isDue = day < today && day >= today - MOST_DAYS && !told.has(day)
      if (!isDue || versionId !== version.id || !profile.full) continue
      told.add(day)
      const { runtime, shape } = version.detection
      await remember(context, name, profile, { runtime, deps: shape?.dependencies ?? [] })
    }
  }
}

async function readTold({ memories }: HostingContext, server: string, since: number): Promise<Set<number>> {
  const reader = { id: 'platform', isAdmin: false }
  const filter = { kind: 'profile.daily', server, since: since * DAY_MS, ceiling: 'normal', reader } as const
  const { items } = await memories.recent(filter, { limit: 100, offset: 0 })
  return new Set(
    items.flatMap(({ node, data }) =>
      node === memories.node && typeof data['day'] === 'number' ? [data['day']] : [],
    ),
  )
}

async function remember(
  { memories }: HostingContext,
  server: string,
  profile: DailyProfile,
  made: { readonly runtime: string; readonly deps: readonly string[] },
): Promise<void> {
  const { day, memoryPeak, memoryFloor, periods, throttledPeriods, calls, errors, p95 } = profile
  const date = new Date(day * DAY_MS).toISOString().slice(0, 10)
  await memories.store({
    category: 'monitoring',
    kind: 'profile.daily',
    actor: 'platform',
    server,
    // The words that a platform asks for, which has nothing else to go by.
    content: `Server ${server} needed at most ${Math.ceil(memoryPeak / MIB)} MiB on ${date}: profile of ${[made.runtime, ...made.deps].join(' ')}`,
    importance: 0.3,
    fingerprint: fingerprintProfile(profile.id),
    tags: [made.runtime],
    data: {
      day,
      runtime: made.runtime,
      deps: [...made.deps],
      mem_peak_bytes: memoryPeak,
      mem_floor_bytes: memoryFloor,
      throttled_ratio: periods === 0 ? 0 : throttledPeriods / periods,
      calls,
      errors,
      p95_ms: p95,
    },
  })
}
