/** Records that are kept for a number of days: what is past its time, and removing it. */
export type Kept = {
  readonly name: string
  /** Null: for ever. */
  readonly days: number | null
  readonly countBefore: (time: number) => number | Promise<number>
  readonly removeBefore: (time: number) => unknown
}

const DAY_MS = 86_400_000

type Retained = {
  list(
    time: number,
  ): Promise<readonly { readonly name: string; readonly days: number; readonly count: number }[]>
  and(others: readonly Kept[]): Retained
  prune(name: string): Promise<void>
}

export function createRetention(kinds: readonly Kept[], now: () => number): Retained {
  return {
    async list(time: number) {
      const found = []
      for (const { name, days, countBefore } of kinds) {
        if (days !== null) found.push({ name, days, count: await countBefore(time - days * DAY_MS) })
      }
      return found
    },
    /** With kinds that are kept elsewhere. */
    and: (others: readonly Kept[]): Retained => createRetention([...kinds, ...others], now),
    async prune(name: string): Promise<void> {
      const found = kinds.find((kind) => kind.name === name)
      if (found === undefined || found.days === null) return
      await found.removeBefore(now() - found.days * DAY_MS)
    },
  }
}
