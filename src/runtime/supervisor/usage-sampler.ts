/** What a running instance takes, sampled so that asking costs nothing. */
import type { Clock } from '../../domain/clock.ts'
import type { ResourceUsage } from '../../domain/server.ts'
import type { Instance } from '../ports.ts'

const SAMPLE_MS = 1000
const PLACES = 20

export type UsageSampler = {
  /** Null before the first sample. */
  latest(): ResourceUsage | null
  stop(): void
}

/** `cpuPercent` is taken over the time between two samples by the monotonic clock. */
export function startUsageSampler(
  instance: Pick<Instance, 'usage'>,
  clock: Clock,
  onError: (error: unknown) => void,
  /** Differs between instances, so that those that began together are not all read at once. */
  number = 0,
): UsageSampler {
  let latest: ResourceUsage | null = null
  let takenAt = 0
  let stopped = false
  let cancelTimer = () => {}
  let wait = SAMPLE_MS * (0.5 + (number % PLACES) / (2 * PLACES))

  const sample = async () => {
    try {
      const usage = await instance.usage()
      const now = clock.monotonic()
      latest = { ...usage, cpuPercent: computeCpuPercent(latest, usage, now - takenAt) }
      takenAt = now
    } catch (error) {
      // A figure that cannot be read any more must not be shown as if it were current.
      latest = null
      if (!stopped) onError(error)
    }
    if (!stopped) cancelTimer = clock.after(wait, () => void sample())
    wait = SAMPLE_MS
  }
  void sample()

  return {
    latest: () => latest,
    stop() {
      stopped = true
      cancelTimer()
    },
  }
}

/** Of one core; null where there is nothing to compare with. */
function computeCpuPercent(
  before: ResourceUsage | null,
  after: ResourceUsage,
  elapsedMs: number,
): number | null {
  if (before === null || elapsedMs <= 0) return null
  const used = Math.max(0, after.cpuSeconds - before.cpuSeconds)
  return Math.round((used / (elapsedMs / 1000)) * 1000) / 10
}
