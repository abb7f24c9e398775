/** Other platforms whose memories are taken over, each looked at again and again by itself. */
import type { Clock } from '../domain/clock.ts'
import type { MemoryExchange } from '../domain/memory-change.ts'
import type { PeerStatus } from '../domain/memory-peers.ts'
import type { Logger } from '../system/log.ts'
import { decideWait } from './peer-line.ts'
import { createPuller, type PlatformSettings } from './pull.ts'
import { rest } from './rest.ts'

export interface Pulls {
  status(): readonly PeerStatus[]
  close(): Promise<void>
}

export function openPulls(
  settings: readonly PlatformSettings[],
  deps: {
    readonly exchange: MemoryExchange
    readonly clock: Clock
    readonly random: () => number
    readonly logger: Logger
  },
): Pulls {
  const { clock, random, logger } = deps
  const closing = new AbortController()
  const { signal } = closing
  const problems = new Map<string, string | null>()
  const loop = async (one: PlatformSettings) => {
    const puller = createPuller(one, { ...deps, signal })
    let failures = 0
    problems.set(one.name, 'was not reached yet')
    while (!signal.aborted) {
      let problem: string | null = null
      try {
        await puller.run()
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        problem = error instanceof Error ? error.message : String(error)
        failures++
      }
      if (problem !== problems.get(one.name)) {
        if (problem === null) logger.info('a platform is reachable', { platform: one.name })
        else logger.warn('the memories of a platform cannot be had', { platform: one.name, problem })
      }
      problems.set(one.name, problem)
      // Not all at once, however long they have been looking.
      const pause = one.intervalMs * (0.75 + random() / 2)
      await rest(clock, failures === 0 ? pause : Math.max(pause, decideWait(failures, random)), signal)
    }
  }
  const ended = Promise.all(settings.map(loop))
  return {
    status: () =>
      settings.map(({ name }) => {
        const problem = problems.get(name) ?? null
        const isReachable = problem === null
        const counts = { waiting: 0, sent: 0, dropped: 0 }
        return { name, transport: 'platform', isReachable, problem, isElsewhere: false, ...counts }
      }),
    async close() {
      closing.abort()
      await ended
    },
  }
}
