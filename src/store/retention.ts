/** Records that are kept for a number of days: what is past its time, and removing it. */
type Kept = {
  readonly name: string
  /** Null: for ever. */
  readonly days: number | null
  readonly countBefore: (time: number) => number | Promise<number>
  readonly removeBefore: (time: number) => unknown
}

const DAY_MS = 86_400_000

export function createRetention(kinds: readonly Kept[], now: () => number) {
  return {
    async list(time: number) {
      const found = []
      for (const { name, days, countBefore } of kinds) {
        if (days !== null) found.push({ name, days, count: await countBefore(time - days * DAY_MS) })
      }
      return found
    },
    async prune(name: string): Promise<void> {
      const found = kinds.find((kind) => kind.name === name)
      if (found === undefined || found.days === null) return
      await found.removeBefore(now() - found.days * DAY_MS)
    },
  }
}
