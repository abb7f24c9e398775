/** The bridge to hAIveMinds: tells them what happens here, and asks what they know. Nothing here ever waits for one. */
import type { Clock } from '../domain/clock.ts'
import type { MemoryPeers, PeerStatus, Recalled } from '../domain/memory-peers.ts'
import type { Logger } from '../system/log.ts'
import { createForwarder } from './forward.ts'
import { createPeerLine, type PeerLine } from './peer-line.ts'
import type { HiveSettings, Outbox } from './ports.ts'
import { rest } from './rest.ts'
import { createRecall } from './recall.ts'
import type { HiveSession } from './session.ts'
import { buildOpeners } from './wire/choose-opener.ts'

const ROUND_MS = 1_000
const TRIM_MS = 60_000
const REGISTER_MS = 30_000

export type Hives = MemoryPeers & { close(): Promise<void> }

type HivesDeps = {
  readonly outbox: Outbox
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly mask: (text: string) => string
  readonly version: string
  readonly environment: Readonly<Record<string, string>>
}

export function openHives(settings: readonly HiveSettings[], deps: HivesDeps): Hives {
  const hives = settings.map((one) => openHive(one, deps))
  return {
    status: () => Promise.all(hives.map((hive) => hive.status())),
    async recall(query, category) {
      const found = await Promise.all(hives.map((hive) => hive.recall(query, category)))
      return found.flat()
    },
    async close() {
      await Promise.all(hives.map((hive) => hive.close()))
    },
  }
}

function openHive(settings: HiveSettings, deps: HivesDeps) {
  const { name, place, share } = settings
  const { outbox, clock, logger } = deps
  const closing = new AbortController()
  const line = createPeerLine({
    ...deps,
    openers: buildOpeners(settings, deps.environment),
    signal: closing.signal,
  })
  const forwarder = createForwarder({ ...deps, peer: name, line, signal: closing.signal })
  const recall = createRecall(name, line, clock)
  const isElsewhere = place.kind !== 'stdio' && !isLoopback(new URL(place.url).hostname)
  if (isElsewhere) {
    logger.warn('a peer that asks nobody who they are is not on this machine', { peer: name })
  }
  let told: string | null = null
  let isRegistered = false
  let trimAt = 0

  /** Once: it gives the hAIveMind itself another name (B7). */
  const register = async (session: HiveSession) => {
    if (isRegistered || !share || !session.tools.has('register_agent')) return
    isRegistered = true
    const capabilities = ['mcp_hosting', 'resource_recommendation', 'incident_classification']
    await line.pause()
    await session.call('register_agent', { role: 'sentinel_node', capabilities }, REGISTER_MS)
  }
  const tell = () => {
    const { problem } = line
    if (problem === told) return
    told = problem
    if (problem === null) logger.info('a peer is reachable', { peer: name })
    else logger.warn('a peer is not reachable; what happens waits for it', { peer: name, problem })
  }
  const round = async () => {
    const session = await line.ensure()
    tell()
    if (share && clock.monotonic() >= trimAt) {
      trimAt = clock.monotonic() + TRIM_MS
      await outbox.trim(name)
    }
    if (session === null) return
    await register(session)
    if (share) await forwarder.run()
  }
  const loop = async () => {
    if (share) await outbox.fill(name)
    while (!closing.signal.aborted) {
      await round().catch((err: unknown) => logger.error('telling a peer failed inside', { err, peer: name }))
      await rest(clock, ROUND_MS, closing.signal)
    }
  }
  const ended = loop().catch((err: unknown) => logger.error('telling a peer has ended', { err, peer: name }))
  return {
    status: async (): Promise<PeerStatus> => ({
      name,
      transport: place.kind,
      isReachable: line.session() !== null,
      problem: line.session() === null ? (line.problem ?? 'was not reached yet') : null,
      isElsewhere,
      ...(await outbox.counts(name)),
    }),
    recall: async (query: string, category: string): Promise<readonly Recalled[]> =>
      settings.recall ? await recall.ask(query, category) : [],
    async close() {
      closing.abort()
      closeLine(line)
      await ended
    },
  }
}

function closeLine(line: PeerLine): void {
  line.session()?.close()
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  return bare === 'localhost' || bare === '::1' || /^127(?:\.\d{1,3}){3}$/.test(bare)
}
