/** Daily profiles, as the store keeps them, to what the rules read. */
import type { MemoryHistory } from './history.ts'
import { createCpuHistory } from './decide-cpu.ts'
import type { LoadHistogram } from './load-histogram.ts'

/** The part of a daily profile that advice rests on. */
export type ProfileDay = {
  readonly id: string
  /** Whole days since 1970. */
  readonly day: number
  /** Steps of ten seconds in which it was seen. */
  readonly steps: number
  readonly full: boolean
  readonly memoryPeak: number
  readonly memoryFloor: number
  readonly startupPeak: number | null
  readonly cpu: readonly (readonly [bucket: number, minutes: number])[]
  readonly windows: number
  readonly throttledWindows: number
  readonly processesMax: number
  readonly calls: number
}

const MIB = 2 ** 20
const DAY_MS = 86_400_000

/** Versions of one day are one day: what any of them needed was needed. */
export function buildMemoryHistory(
  profiles: readonly ProfileDay[],
  kills: readonly { readonly at: number; readonly memoryMb: number }[],
): MemoryHistory {
  const days = new Map<number, ProfileDay[]>()
  for (const profile of profiles) days.set(profile.day, [...(days.get(profile.day) ?? []), profile])
  const peaks = [...days].map(([day, parts]) => {
    const highest = parts.reduce((a, b) => (b.memoryPeak > a.memoryPeak ? b : a))
    const steps = parts.reduce((sum, part) => sum + part.steps, 0)
    return {
      id: highest.id,
      day,
      mib: toMib(highest.memoryPeak),
      full: parts.some(({ full }) => full) || steps >= FULL_STEPS,
    }
  })
  const starts = profiles.filter(({ startupPeak }) => startupPeak !== null)
  const latest = starts.reduce<ProfileDay | null>((a, b) => (a === null || b.day >= a.day ? b : a), null)
  return {
    peaks: peaks.toSorted((a, b) => a.day - b.day),
    kills: kills.map(({ at, memoryMb }) => ({ id: `kill:${at}`, at: at / DAY_MS, limitMib: memoryMb })),
    ...(latest === null ? {} : { startup: { id: latest.id, mib: toMib(latest.startupPeak ?? 0) } }),
  }
}

/** Ten-second steps of 90 % of a day. */
const FULL_STEPS = 7_776

export function countSamples(profiles: readonly ProfileDay[]): number {
  return profiles.reduce((sum, { steps }) => sum + steps, 0)
}

export function buildCpuHistory(profiles: readonly ProfileDay[]): LoadHistogram {
  const histogram = createCpuHistory()
  for (const { day, cpu } of profiles.toSorted((a, b) => a.day - b.day)) {
    for (const [bucket, minutes] of cpu) histogram.addCounted(day * 24, bucket, minutes)
  }
  return histogram
}

/** Up: half a mebibyte more than it is asks for a little more than enough. */
function toMib(bytes: number): number {
  return Math.ceil(bytes / MIB)
}
