import type { DailyProfile } from '../../src/domain/sample.ts'
import type { ServerId, VersionId } from '../../src/domain/id.ts'
import { nameProfile } from '../../src/domain/sample.ts'

const MIB = 2 ** 20
const DAY_MS = 86_400_000

/** Full days before `now`, oldest first, each with this peak. */
export function buildProfiles(
  place: { readonly serverId: ServerId; readonly versionId: VersionId; readonly now: number },
  peaksMib: readonly number[],
): readonly DailyProfile[] {
  const { serverId, versionId, now } = place
  const today = Math.floor(now / DAY_MS)
  return peaksMib.map((peak, index) => {
    const day = today - peaksMib.length + index
    return {
      id: nameProfile(serverId, versionId, day),
      serverId,
      versionId,
      day,
      steps: 8640,
      full: true,
      memoryPeak: peak * MIB,
      memoryFloor: 50 * MIB,
      startupPeak: 60 * MIB,
      memoryLimit: 512 * MIB,
      censored: 0,
      oomKills: 0,
      cpu: [[10, 1440]],
      cpuLimit: 1000,
      periods: 0,
      throttledPeriods: 0,
      windows: 288,
      throttledWindows: 0,
      processesMax: 50,
      calls: 100,
      errors: 0,
      p50: 5,
      p95: 9,
      latencies: '',
      watched: false,
    }
  })
}
