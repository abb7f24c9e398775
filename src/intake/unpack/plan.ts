/** What an archive says it holds, checked before anything is written. */
import type { ArchiveLimits } from '../../domain/archive.ts'
import { ArchiveReject, type Family } from './reject.ts'

export type PlannedEntry = {
  readonly path: string
  readonly kind: 'file' | 'directory'
  readonly bytes: number
  readonly executable: boolean
  readonly offset: number
}

const MEGABYTE = 1_000_000
/** Above this, CPU time is held to 2 s for each 100 MB: what takes longer is built to be slow. */
const CPU_SECONDS_FREE = 10

/** Entry count, sizes and ratio of a plan. `packedBytes` is the archive's size. */
export function checkPlanLimits(
  entries: readonly PlannedEntry[],
  family: Family,
  limits: ArchiveLimits,
  packedBytes: number,
): void {
  if (!entries.some((entry) => entry.kind === 'file')) {
    throw new ArchiveReject('EMPTY', 'the archive holds no file')
  }
  if (entries.length > limits.maxEntries) throw tooMany(family, limits)
  const budget = createBudget(family, limits, packedBytes)
  for (const entry of entries) {
    if (entry.bytes > limits.maxFileBytes) {
      const message = `${JSON.stringify(entry.path)} is ${entry.bytes} bytes; a file may have ${limits.maxFileBytes}`
      throw new ArchiveReject(`${family}_LIMIT`, message, { entry: entry.path, offset: entry.offset })
    }
    budget.add(entry.bytes)
  }
}

export function tooMany(family: Family, limits: ArchiveLimits): ArchiveReject {
  return new ArchiveReject(`${family}_LIMIT`, `the archive has more than ${limits.maxEntries} entries`)
}

export interface Budget {
  /** Counts unpacked bytes; throws `…_LIMIT` at the first one over. */
  add(bytes: number): void
}

/** Total, ratio and CPU time; the plan spends one budget, inflating spends another. */
export function createBudget(family: Family, limits: ArchiveLimits, packedBytes: number): Budget {
  let total = 0
  const startedCpu = process.cpuUsage()
  return {
    add(bytes) {
      total += bytes
      if (total > limits.maxTotalBytes) {
        throw new ArchiveReject(
          `${family}_LIMIT`,
          `the archive unpacks to more than ${limits.maxTotalBytes} bytes`,
        )
      }
      if (total > MEGABYTE && total > limits.maxRatio * packedBytes) {
        throw new ArchiveReject(
          `${family}_LIMIT`,
          `the archive unpacks to more than ${limits.maxRatio} times its size`,
        )
      }
      const cpu = process.cpuUsage(startedCpu)
      const seconds = (cpu.user + cpu.system) / 1e6
      if (seconds > CPU_SECONDS_FREE + total / (50 * MEGABYTE)) {
        throw new ArchiveReject(`${family}_LIMIT`, 'unpacking the archive takes too much processor time')
      }
    },
  }
}
