/** hAIveMinds of the configuration, and what doctor says of them. */
import { readFile, stat } from 'node:fs/promises'
import type { PlatformConfig } from '../config/schema.ts'
import type { PeerStatus } from '../domain/memory-peers.ts'
import { openHives, type Hives } from '../hive/open-hives.ts'
import { openPulls } from '../hive/open-pulls.ts'
import type { HiveSettings } from '../hive/ports.ts'
import { systemClock } from '../system/clock.ts'
import type { Logger } from '../system/log.ts'
import { randomFraction } from '../system/random.ts'
import type { openRecords } from './open-records.ts'

type PeersDeps = {
  readonly records: Pick<Awaited<ReturnType<typeof openRecords>>, 'store'>
  readonly logger: Logger
  readonly mask: (text: string) => string
  readonly environment: Readonly<Record<string, string>>
  readonly version: string
}

export function openPeers(config: PlatformConfig['memory'], deps: PeersDeps): Hives {
  const { outbox, memories } = deps.records.store
  const shared = { ...deps, clock: systemClock, random: randomFraction }
  const hives = openHives(config.peers.map(buildSettings), { ...shared, outbox })
  const platforms = config.platforms.map(({ name, url, token_file: file, node = null }) => ({
    name,
    url,
    node,
    readToken: () => readPrivate(file),
    intervalMs: config.pull_interval * 1000,
  }))
  const pulls = openPulls(platforms, { ...shared, exchange: memories.exchange })
  return {
    status: async () => [...(await hives.status()), ...pulls.status()],
    recall: (query, category) => hives.recall(query, category),
    async close() {
      await Promise.all([hives.close(), pulls.close()])
    },
  }
}

function buildSettings(peer: PlatformConfig['memory']['peers'][number]): HiveSettings {
  const { name, transport, url = '', command = [], share, recall, token_file: file } = peer
  const readToken = async () => (file === undefined ? null : await readPrivate(file))
  const place =
    transport === 'stdio'
      ? ({ kind: 'stdio', command } as const)
      : ({ kind: transport, url, readToken } as const)
  return { name, place, share, recall }
}

/** Throws where others may read it too. */
export async function readPrivate(path: string): Promise<string> {
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) throw new Error(`is not asked: ${path} is open to others; use chmod 600`)
  return (await readFile(path, 'utf8')).trim()
}

export function buildPeerChecks(peers: readonly PeerStatus[]) {
  return peers.map(({ name, transport, isReachable, problem, isElsewhere, waiting, sent, dropped }) => {
    const counts =
      transport === 'platform'
        ? 'its memories are taken over'
        : `${sent} told, ${waiting} waiting, ${dropped} not forwarded`
    const isFine = isReachable && !isElsewhere
    return {
      id: `memory_peer:${name}`,
      area: 'records',
      status: isFine ? ('ok' as const) : ('warn' as const),
      found: isReachable
        ? `the peer ${name} is reachable${isElsewhere ? ', on another machine' : ''}: ${counts}`
        : `the peer ${name} is not reachable (${problem ?? 'unknown'}): ${counts}`,
      fix: isFine
        ? null
        : isReachable
          ? 'A hAIveMind asks nobody who they are: let nothing but this machine reach it, over a private network or a tunnel.'
          : 'What waits is told once it answers. Start it, or correct mcp_hosting.memory.',
    }
  })
}
