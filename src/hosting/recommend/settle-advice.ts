/** What is proposed now, against what is kept of a server: what is new, what goes on, what no longer holds. Pure. */
import { buildId, type RecommendationId, type ServerId } from '../../domain/id.ts'
import {
  BLOCK_MS,
  type Proposal,
  type Recommendation,
  type Resource,
  type Tier,
} from '../../domain/recommendation.ts'

const DAY_MS = 86_400_000
/** A proposal that moved by less is the same one. */
const SAME = 0.1

export type Settled = {
  readonly shown: readonly Recommendation[]
  readonly made: readonly Recommendation[]
  readonly expired: readonly Recommendation[]
  readonly skipped: readonly { readonly resource: Resource; readonly why: string }[]
}

export function settleAdvice(
  serverId: ServerId,
  kept: readonly Recommendation[],
  proposals: readonly Proposal[],
  asked: { readonly tier: Tier; readonly resources: readonly Resource[]; readonly now: number },
): Settled {
  const { tier, resources, now } = asked
  const open = kept.filter(
    (item) => item.state === 'open' && item.tier === tier && resources.includes(item.resource),
  )
  const shown: Recommendation[] = []
  const made: Recommendation[] = []
  const expired = new Map(
    open.map((item) => [item.id, expire(item, 'what was measured no longer says so', now)]),
  )
  const skipped: Settled['skipped'][number][] = []
  for (const proposal of proposals) {
    if (!resources.includes(proposal.resource)) continue
    const why = findBlock(kept, proposal, now)
    if (why !== null) {
      skipped.push({ resource: proposal.resource, why })
      continue
    }
    const known = open.find((item) => isSame(item, proposal))
    if (known !== undefined) {
      expired.delete(known.id)
      shown.push({ ...known, ...proposal, seenAt: now })
      continue
    }
    const before = open.find(({ resource }) => resource === proposal.resource)
    if (before !== undefined) {
      expired.set(before.id, expire(before, `overtaken: now ${proposal.current} → ${proposal.proposed}`, now))
    }
    const fresh: Recommendation = {
      ...proposal,
      id: nameRecommendation(serverId, proposal, now),
      serverId,
      createdAt: now,
      seenAt: now,
      state: 'open',
      application: null,
      endedAt: null,
      reason: null,
    }
    made.push(fresh)
    shown.push(fresh)
  }
  return { shown, made, expired: [...expired.values()], skipped }
}

export function expire(item: Recommendation, reason: string, now: number): Recommendation {
  return { ...item, state: 'expired', endedAt: now, reason }
}

/** What was taken back or turned down is not proposed again for a while; and one change of a setting is enough at a time. */
function findBlock(kept: readonly Recommendation[], proposal: Proposal, now: number): string | null {
  const same = kept.filter(({ resource }) => resource === proposal.resource)
  const watched = same.find(({ state }) => state === 'applied')
  if (watched?.application !== undefined && watched.application !== null) {
    return `its change to ${watched.application.after} is watched until ${renderTime(watched.application.watchedUntil)}`
  }
  const ended = same.find(
    ({ state, direction, endedAt }) =>
      (state === 'reverted' || state === 'dismissed') &&
      direction === proposal.direction &&
      endedAt !== null &&
      now - endedAt < BLOCK_MS,
  )
  if (ended?.endedAt === undefined || ended.endedAt === null) return null
  const what = ended.state === 'reverted' ? 'a change of this kind was taken back' : 'it was dismissed'
  return `${what}; not proposed before ${renderTime(ended.endedAt + BLOCK_MS)}`
}

function renderTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

function isSame(item: Recommendation, { resource, direction, current, proposed }: Proposal): boolean {
  if (item.resource !== resource || item.direction !== direction || item.current !== current) return false
  if (typeof proposed !== 'number' || typeof item.proposed !== 'number') return item.proposed === proposed
  return Math.abs(item.proposed - proposed) < SAME * item.proposed
}

/** By what it says and the day: the same knowledge gives the same name on every machine. */
function nameRecommendation(serverId: ServerId, proposal: Proposal, now: number): RecommendationId {
  const { resource, tier, current, proposed } = proposal
  const text = [serverId, resource, tier, current, proposed].join(' ')
  const bytes = Uint8Array.from({ length: 16 }, (_, index) => hash(`${index} ${text}`))
  return buildId('rec', now - (now % DAY_MS), bytes)
}

/** FNV-1a, folded: names need no secrecy. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0
  }
  return (value ^ (value >>> 8) ^ (value >>> 16) ^ (value >>> 24)) & 0xff
}
