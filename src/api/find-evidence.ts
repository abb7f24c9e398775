/** Where the record of a piece of evidence is to be read: the memory that tells of it, and the samples it was made of. */
import type { Memories, Memory } from '../domain/memory.ts'
import type { Evidence } from '../domain/recommendation.ts'
import { fingerprintProfile } from '../domain/sample.ts'

export type EvidencePlace = {
  /** Null: it is not remembered (any more), or is of no single moment. */
  readonly memoryId: string | null
  /** What was measured then, as the API gives it; null: it is not of measurements. */
  readonly samplesUrl: string | null
}
export type FindEvidence = (server: string, evidence: Evidence) => Promise<EvidencePlace>

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const WEEK_SECONDS = 604_800
/** Around a moment. */
const NEAR_MS = 30 * MINUTE_MS
/** Ends of a server that are looked through. */
const MOST_ENDS = 40
const PROFILE = /^srv_[^/]+\/ver_[^/]+\/(\d{1,6})$/
const MOMENT = /^(kill|exit):(\d{1,16})$/

/** For one answer: what was read of a server is read once. */
export function createEvidenceFinder(memories: Pick<Memories, 'findOwn' | 'recent'>): FindEvidence {
  const known = new Map<string, Promise<readonly Memory[]>>()
  const read = (server: string, kind: string) => {
    const key = `${server} ${kind}`
    const filter = { server, kind, ceiling: 'normal', reader: { id: 'platform', isAdmin: false } } as const
    const found =
      known.get(key) ?? memories.recent(filter, { limit: MOST_ENDS, offset: 0 }).then(({ items }) => items)
    known.set(key, found)
    return found
  }

  const findMoment = async (server: string, kinds: readonly string[], at: number) => {
    const found = (await Promise.all(kinds.map((kind) => read(server, kind)))).flat()
    // Repeats are one memory, from the first to the last.
    const own = found.filter(
      ({ createdAt, lastSeen }) => createdAt - MINUTE_MS <= at && at <= lastSeen + MINUTE_MS,
    )
    return own[0]?.id ?? null
  }

  return async (server, { source }) => {
    const [, day] = PROFILE.exec(source) ?? []
    if (day !== undefined) {
      const from = Number(day) * DAY_MS
      const memoryId = await memories.findOwn(fingerprintProfile(source))
      return { memoryId, samplesUrl: samplesOf(server, from, from + DAY_MS) }
    }
    const [, sort, moment] = MOMENT.exec(source) ?? []
    if (moment !== undefined) {
      const at = Number(moment)
      const kinds = sort === 'kill' ? ['server.oom', 'server.failed'] : ['server.crashed', 'server.failed']
      return {
        memoryId: await findMoment(server, kinds, at),
        samplesUrl: samplesOf(server, at - NEAR_MS, at + NEAR_MS),
      }
    }
    const isOfCalls = source.startsWith('calls:')
    return {
      memoryId: null,
      samplesUrl: isOfCalls ? `${base(server)}/samples?seconds=${WEEK_SECONDS}` : null,
    }
  }
}

function samplesOf(server: string, from: number, to: number): string {
  const time = (at: number) => encodeURIComponent(new Date(Math.max(0, at)).toISOString())
  return `${base(server)}/samples?from=${time(from)}&to=${time(to)}`
}

function base(server: string): string {
  return `/api/v1/servers/${encodeURIComponent(server)}`
}
