/** What leaks are judged by: the least memory in each block of time since the instance started. Peaks come and go. */
export type Floor = {
  /** Hours; blocks in which nothing was seen are absent. */
  readonly at: readonly number[]
  readonly mib: readonly number[]
}

/** The last `count` blocks. */
export function lastBlocks({ at, mib }: Floor, count: number, before = 0): Floor {
  const end = at.length - before
  const begin = Math.max(0, end - count)
  return { at: at.slice(begin, end), mib: mib.slice(begin, end) }
}

/** Minima of larger blocks. @param hours of one of them */
export function joinBlocks({ at, mib }: Floor, hours: number): Floor {
  const joined = new Map<number, number>()
  for (const [index, time] of at.entries()) {
    // A tenth of a second, so that what began at the hour counts for it.
    const block = Math.floor(time / hours + 1e-6) * hours
    joined.set(block, Math.min(joined.get(block) ?? Infinity, mib[index]!))
  }
  return { at: [...joined.keys()], mib: [...joined.values()] }
}
