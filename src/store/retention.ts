/** Records that are kept for a number of days: what is past its time, and removing it. */
type Kept = {
  readonly name: string
  readonly days: number
  readonly countBefore: (time: number) => number
  readonly removeBefore: (time: number) => unknown
}

const DAY_MS = 86_400_000

export function createRetention(kinds: readonly Kept[], now: () => number) {
  return {
    async list(time: number) {
      return kinds.map(({ name, days, countBefore }) => ({
        name,
        days,
        count: countBefore(time - days * DAY_MS),
      }))
    },
    async prune(name: string): Promise<void> {
      const found = kinds.find((kind) => kind.name === name)
      if (found !== undefined) await found.removeBefore(now() - found.days * DAY_MS)
    },
  }
}
