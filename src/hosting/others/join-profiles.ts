/**
 * Daily profiles that are older than a fortnight become one a week: what was least, usual and most stays, the days go.
 * The last two weeks are what limits are learned from; of the rest nobody asks for a day.
 */
import { z } from 'zod'
import type { Memory, NewMemory } from '../../domain/memory.ts'
import type { HostingContext } from '../context.ts'

const DAY_MS = 86_400_000
const WEEK = 7
/** Days that stay as they are. */
const KEPT_DAYS = 14
/** Of one server and look: the next one goes on. */
const MOST_DAYS = 400
/** What was replaced is hidden so long before it is removed. */
const HIDDEN_DAYS = 30
const MIB = 1024 ** 2

const figure = z.number().min(0)
const daily = z.object({
  day: z.int().min(0),
  runtime: z.string(),
  deps: z.array(z.string()),
  mem_peak_bytes: figure,
  mem_floor_bytes: figure,
  throttled_ratio: figure,
  calls: figure,
  errors: figure,
  p95_ms: figure.nullable(),
})
type Day = z.output<typeof daily> & { readonly id: string }

/** For the platform's timer: once a day is enough. */
export async function joinProfiles({ servers, memories, clock }: HostingContext): Promise<void> {
  const now = clock.now()
  const today = Math.floor(now / DAY_MS)
  for (const { name: server } of await servers.list()) {
    const { items } = await memories.recent(
      {
        kind: 'profile.daily',
        server,
        until: (today - KEPT_DAYS) * DAY_MS,
        ceiling: 'normal',
        reader: { id: 'platform', isAdmin: false },
      },
      { limit: MOST_DAYS, offset: 0 },
    )
    const own = readDays(items.filter(({ node }) => node === memories.node))
    const oldest = items.length < MOST_DAYS ? -1 : Math.min(...own.map(({ day }) => day))
    for (const [week, days] of Map.groupBy(own, ({ day }) => Math.floor(day / WEEK))) {
      // A week that is not over yet waits for its last days, one that was not read as a whole for the rest.
      if ((week + 1) * WEEK > today - KEPT_DAYS || week * WEEK < oldest) continue
      await memories.replace(
        days.map(({ id }) => id),
        buildWeek(memories.node, server, week, days),
      )
    }
  }
  await memories.removeHidden('profile.daily', now - HIDDEN_DAYS * DAY_MS)
}

function readDays(told: readonly Memory[]): readonly Day[] {
  return told.flatMap(({ id, data }) => {
    const found = daily.safeParse(data)
    return found.success ? [{ ...found.data, id }] : []
  })
}

function buildWeek(node: string, server: string, week: number, days: readonly Day[]): NewMemory {
  const sorted = days.toSorted((a, b) => a.day - b.day)
  const last = sorted.at(-1)
  const { runtime = '', deps = [] } = last ?? {}
  const date = new Date(week * WEEK * DAY_MS).toISOString().slice(0, 10)
  const sum = (key: 'calls' | 'errors') => days.reduce((total, day) => total + day[key], 0)
  const peaks = days.map((day) => day.mem_peak_bytes)
  return {
    category: 'monitoring',
    kind: 'profile.weekly',
    actor: 'platform',
    server,
    content:
      `Server ${server} needed at most ${Math.ceil(Math.max(...peaks) / MIB)} MiB in the week of ${date}, ` +
      `${days.length} days of it: profile of ${[runtime, ...deps].join(' ')}`,
    importance: 0.3,
    tags: runtime === '' ? [] : [runtime],
    fingerprint: `profile.weekly:${node}:${server}:${week}`,
    data: {
      from_day: week * WEEK,
      n: days.length,
      runtime,
      deps: [...deps],
      mem_peak_bytes: Math.max(...peaks),
      mem_peak_min_bytes: Math.min(...peaks),
      mem_peak_mean_bytes: Math.round(peaks.reduce((a, b) => a + b, 0) / days.length),
      mem_floor_bytes: Math.min(...days.map((day) => day.mem_floor_bytes)),
      throttled_ratio: Math.max(...days.map((day) => day.throttled_ratio)),
      calls: sum('calls'),
      errors: sum('errors'),
      p95_ms: days.reduce<number | null>(
        (most, { p95_ms: ms }) => (ms === null ? most : Math.max(most ?? 0, ms)),
        null,
      ),
      days: sorted.map(({ id }) => id),
    },
  }
}
