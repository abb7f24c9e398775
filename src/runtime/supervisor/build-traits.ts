import type { ServerTraits } from '../../domain/server-traits.ts'
import type { ServerLaunch } from '../ports.ts'

/**
 * @param next what its main process was started with, or would be; null: it cannot be started. While what it speaks is
 *   not known, `initialize` is. @param perServer processes that it may have.
 */
export function buildTraits(
  next: Pick<ServerLaunch, 'config' | 'eras'> | null,
  perServer: number,
): ServerTraits {
  const instances = next?.config.instances ?? 'shared'
  const callTimeoutMs = (next?.config.callTimeoutSeconds ?? 0) * 1000
  return {
    // A pool as large as there is room: a member that finds none would refuse calls which another could take.
    instances: typeof instances === 'string' ? instances : { pool: Math.min(instances.pool, perServer) },
    eras: next?.eras ?? ['legacy'],
    upstreamEra: next?.config.upstreamEra ?? 'match',
    onSessionLoss: next?.config.onSessionLoss ?? 'resume',
    ...(callTimeoutMs === 0 ? {} : { callTimeoutMs }),
  }
}
