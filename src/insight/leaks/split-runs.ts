/** One series for each instance: memory before and after a start is not one. Pure. */
import type { Floor } from './floor.ts'

/** Ten minutes of a server, as samples have them. */
export type MemoryStep = {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Bytes. */
  readonly memoryMin: number | null
  readonly memoryLimit: number | null
  /** Instances that began in it. */
  readonly starts: number | null
  readonly calls: number | null
}

export type Run = Floor & { readonly calls: readonly number[]; readonly since: number }

const HOUR_MS = 3_600_000
const MIB = 1024 ** 2

/** Oldest first. A step in which an instance began holds both, and counts for neither. */
export function splitRuns(steps: readonly MemoryStep[]): readonly Run[] {
  const runs: { since: number; at: number[]; mib: number[]; calls: number[] }[] = []
  for (const { at, memoryMin, starts, calls } of steps) {
    if ((starts ?? 0) > 0 || runs.length === 0) runs.push({ since: at, at: [], mib: [], calls: [] })
    if ((starts ?? 0) > 0 || memoryMin === null) continue
    const run = runs.at(-1)!
    run.at.push(at / HOUR_MS)
    run.mib.push(memoryMin / MIB)
    run.calls.push(calls ?? 0)
  }
  return runs
}
