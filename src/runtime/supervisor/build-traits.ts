import type { ServerTraits } from '../../domain/server-traits.ts'
import type { ServerLaunch } from '../ports.ts'

/** @param launch what its main process was started with; null before. While what it speaks is not known, `initialize` is. */
export function buildTraits(launch: ServerLaunch | null): ServerTraits {
  return {
    instances: 'shared',
    eras: launch?.eras ?? ['legacy'],
    upstreamEra: launch?.config.upstreamEra ?? 'match',
    onSessionLoss: 'resume',
  }
}
