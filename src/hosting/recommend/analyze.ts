/** Looks at servers, keeps what is proposed for them, and says so once. */
import {
  BLOCK_MS,
  RESOURCES,
  type Recommendation,
  type Resource,
  type Tier,
} from '../../domain/recommendation.ts'
import type { RecommendationId } from '../../domain/id.ts'
import type { Server } from '../../domain/server.ts'
import { adviseFleet } from '../../insight/recommend/advise-fleet.ts'
import type { HostingContext } from '../context.ts'
import { gatherHost, gatherServers, type GatheredServer } from './gather-facts.ts'
import { expire, settleAdvice } from './settle-advice.ts'
import { renderWhy, tellAdvice } from './tell-advice.ts'

/** What nobody could see again for so long is stale. */
export const STALE_MS = 2 * 86_400_000

export type Analysis = {
  readonly analyzed: number
  readonly skipped: readonly { readonly server: string; readonly resource: Resource; readonly why: string }[]
  readonly gathered: readonly GatheredServer[]
  readonly open: readonly { readonly server: Server; readonly item: Recommendation }[]
}

/** All servers are read, since each is judged beside the others; only those asked for are answered and kept. */
export async function analyze(
  context: HostingContext,
  asked: { readonly name: string | null; readonly resources?: readonly Resource[]; readonly tier: Tier },
): Promise<Analysis> {
  const { tier, resources = RESOURCES } = asked
  const now = context.clock.now()
  const gathered = await gatherServers(context, await context.servers.list())
  const advice = adviseFleet(
    gathered.map(({ facts }) => facts),
    gatherHost(context, tier),
  )
  const kept = Map.groupBy(await context.recommendations.listLive(now - BLOCK_MS), ({ serverId }) => serverId)
  const saved: Recommendation[] = []
  const seen: RecommendationId[] = []
  const open: Analysis['open'][number][] = []
  const skipped: Analysis['skipped'][number][] = []
  const told: (() => void)[] = []
  let analyzed = 0
  for (const [index, { server }] of gathered.entries()) {
    const found = advice[index]
    if (found === undefined || (asked.name !== null && server.name !== asked.name)) continue
    analyzed++
    const own = kept.get(server.id) ?? []
    const settled = settleAdvice(server.id, own, found.proposals, { tier, resources, now })
    const stale = own
      .filter((item) => item.state === 'open' && item.tier !== tier && now - item.seenAt > STALE_MS)
      .map((item) => expire(item, 'nobody asked for this tier again', now))
    const again = settled.shown.filter((item) => own.some((before) => isAgain(before, item)))
    seen.push(...again.map(({ id }) => id))
    saved.push(...settled.shown.filter((item) => !again.includes(item)), ...settled.expired, ...stale)
    open.push(...settled.shown.map((item) => ({ server, item })))
    const unsaid = found.skipped.filter(({ resource }) => resources.includes(resource))
    skipped.push(...[...unsaid, ...settled.skipped].map((skip) => ({ server: server.name, ...skip })))
    for (const item of settled.made) {
      told.push(() =>
        tellAdvice(context, 'recommendation.made', server.name, item, { reason: renderWhy(item) }),
      )
    }
    for (const item of [...settled.expired, ...stale]) {
      const reason = item.reason ?? ''
      told.push(() => tellAdvice(context, 'recommendation.expired', server.name, item, { reason }))
    }
  }
  await context.recommendations.save(saved)
  await context.recommendations.saw(seen, now)
  for (const tell of told) tell()
  return { analyzed, skipped, open, gathered }
}

/** To the byte, but for when it was seen: there are a thousand, and nothing of them has to be written anew. */
function isAgain(before: Recommendation, item: Recommendation): boolean {
  return before.id === item.id && JSON.stringify({ ...before, seenAt: item.seenAt }) === JSON.stringify(item)
}
