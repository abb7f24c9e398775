/** Asks hAIveMinds what they know, while somebody waits: briefly, seldom, and not those that do not answer. */
import type { Clock } from '../domain/clock.ts'
import type { Recalled } from '../domain/memory-peers.ts'
import { parseEnvelope } from './envelope.ts'
import type { PeerLine } from './peer-line.ts'
import { searchHive } from './search-hive.ts'

const RECALL_MS = 1_500
const CACHE_MS = 600_000
const MAX_CACHED = 200
const MAX_FAILURES = 3
const OPEN_MS = 60_000

export interface Recall {
  /** Never rejects, and takes no longer than `RECALL_MS`. */
  ask(query: string, category: string): Promise<readonly Recalled[]>
}

export function createRecall(peer: string, line: PeerLine, clock: Clock): Recall {
  const cache = new Map<string, { readonly at: number; readonly found: readonly Recalled[] }>()
  let failures = 0
  let closedUntil = 0

  const search = async (query: string, category: string): Promise<readonly Recalled[] | null> => {
    const session = line.session()
    if (session === null) return null
    const found = await searchHive(session, {
      query,
      category,
      timeoutMs: RECALL_MS,
      pause: () => line.pause(),
    })
    return found?.map((one) => ({ ...one, peer, envelope: parseEnvelope(one.content) })) ?? null
  }

  return {
    async ask(query, category) {
      const key = `${category}\n${query}`
      const known = cache.get(key)
      if (known !== undefined && clock.monotonic() - known.at < CACHE_MS) return known.found
      if (clock.monotonic() < closedUntil) return []
      let cancel = () => {}
      const late = new Promise<null>((resolve) => {
        cancel = clock.after(RECALL_MS, () => resolve(null))
      })
      const found = await Promise.race([search(query, category), late])
      cancel()
      if (found === null) {
        failures++
        if (failures < MAX_FAILURES) return []
        failures = 0
        closedUntil = clock.monotonic() + OPEN_MS
        return []
      }
      failures = 0
      cache.delete(key)
      cache.set(key, { at: clock.monotonic(), found })
      for (const old of [...cache.keys()].slice(0, Math.max(0, cache.size - MAX_CACHED))) cache.delete(old)
      return found
    },
  }
}
