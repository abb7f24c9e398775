/** What the recommender knows of one server. Times are days since 1970 in UTC, sizes MiB, CPU millicores. */

/** A measured number and the record that holds it, so that advice can name its evidence. */
export type DailyPeak = {
  readonly id: string
  /** A whole number; today's is the peak so far. */
  readonly day: number
  readonly mib: number
  /** At least 90 % of the day's samples were taken. */
  readonly full: boolean
}

/** The kernel killed for lack of memory: use was at least the limit, how much more nobody saw. */
export type OomKill = { readonly id: string; readonly at: number; readonly limitMib: number }

export type MemoryHistory = {
  readonly peaks: readonly DailyPeak[]
  readonly startup?: { readonly id: string; readonly mib: number }
  readonly kills: readonly OomKill[]
}

export function renderDay(day: number): string {
  return new Date(Math.floor(day) * 86_400_000).toISOString().slice(0, 10)
}
