/** What a running platform says of itself and its host, for doctor. */
import type { StatsJson, SystemJson } from '../../api/schema/platform.ts'
import { AppError } from '../../domain/error.ts'
import type { HostCheck } from '../../domain/host-check.ts'
import type { CommandContext } from '../command.ts'
import { listServers, openClient } from '../servers.ts'

export type Daemon = Pick<SystemJson, 'tier' | 'checks' | 'address' | 'version' | 'node'> & {
  readonly servers: readonly HostCheck[]
  /** Its clock less ours, in seconds. */
  readonly skewSeconds: number
}

/** Null when no platform answers; a token that is refused is an error of its own. */
export async function askDaemon({ io, args }: CommandContext): Promise<Daemon | null> {
  try {
    const client = await openClient(io, args.text('config'))
    const system = await client.get<SystemJson>('/system')
    const asked = io.clock.now()
    const { at } = await client.get<StatsJson>('/stats')
    // In the middle of the question, as far as anybody can tell.
    const skewSeconds = (Date.parse(at) - (asked + io.clock.now()) / 2) / 1000
    const servers = (await listServers(client))
      .filter((server) => server.status === 'failed' || server.status === 'backoff')
      .map((server): HostCheck => ({
        id: `server:${server.name}`,
        area: 'servers',
        status: 'warn',
        found: `${server.name} is ${server.status}${server.reason === null ? '' : `: ${server.reason}`}`,
        fix: `haivemind logs ${server.name}`,
      }))
    const { tier, checks, address, version, node } = system
    return { tier, checks, address, version, node, servers, skewSeconds }
  } catch (error) {
    if (error instanceof AppError && error.code === 'daemon_unreachable') return null
    throw error
  }
}
