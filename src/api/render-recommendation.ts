import type { Memories } from '../domain/memory.ts'
import type { Principal } from '../domain/principal.ts'
import type { Application, Recommendation, Resource } from '../domain/recommendation.ts'
import type { OptimizeRequest } from '../hosting/recommend/optimize.ts'
import type { ApiDeps } from './api-deps.ts'
import { listIncidents } from './use-incidents.ts'
import { renderTime, renderTimeOrNull } from './schema/common.ts'
import type { OptimizationJson, RecommendationJson } from './schema/recommendation.ts'

/** The memory of the latest kill; null: it is not remembered (any more). */
export type FindKill = (server: string) => Promise<string | null>

export function createKillFinder(memories: Pick<Memories, 'recent'>): FindKill {
  return async (server) => {
    const filter = {
      server,
      kind: 'server.oom',
      ceiling: 'normal',
      reader: { id: 'platform', isAdmin: false },
    } as const
    return (await memories.recent(filter, { limit: 1, offset: 0 })).items[0]?.id ?? null
  }
}

export async function renderRecommendation(
  server: string,
  item: Recommendation,
  findKill: FindKill,
  notApplied: string | null = null,
): Promise<RecommendationJson> {
  const {
    id,
    resource,
    current,
    proposed,
    direction,
    tier,
    confidence,
    formula,
    backtest,
    risk,
    application,
  } = item
  const isKill = ({ source }: { readonly source: string }) => source.startsWith('kill:')
  const killId = item.because.some(isKill) ? await findKill(server) : null
  return {
    id,
    server,
    resource,
    current,
    proposed,
    direction,
    tier,
    confidence: { ...confidence },
    because: item.because.map((evidence) => ({ ...evidence, memory_id: isKill(evidence) ? killId : null })),
    formula,
    backtest: backtest && {
      days: backtest.days,
      exceeded: backtest.exceeded,
      unused_before: backtest.unusedBefore,
      unused_after: backtest.unusedAfter,
    },
    risk: risk && { expected_oom_days_per_100: risk.expectedOomDaysPer100, source: risk.source },
    may_apply: item.mayApply,
    applied: item.state === 'applied' || item.state === 'confirmed',
    not_applied: notApplied,
    revert: renderRevert(item),
    state: item.state,
    application: application && renderApplication(application),
    created_at: renderTime(item.createdAt),
    seen_at: renderTime(item.seenAt),
    ended_at: renderTimeOrNull(item.endedAt),
    reason: item.reason,
  }
}

function renderApplication({
  at,
  by,
  before,
  after,
  inPlace,
  watchedUntil,
}: Application): NonNullable<RecommendationJson['application']> {
  return {
    at: renderTime(at),
    by,
    before,
    after,
    in_place: inPlace,
    watched_until: renderTime(watchedUntil),
  }
}

function renderRevert({ resource, direction }: Recommendation): string | null {
  if (direction === 'raise') return null
  const slower = 'calls that become a quarter slower (p95)'
  if (resource === 'memory_mb') return `an end for lack of memory, throttling over 5 %, or ${slower}`
  return resource === 'cpu_percent' ? `throttling over 5 %, or ${slower}` : null
}

const INCIDENTS = 50

/** Runs it, and puts the open incidents of these servers beside what came of it. */
export async function runOptimization(
  deps: Pick<ApiDeps, 'hosting' | 'incidents' | 'memories'>,
  request: OptimizeRequest,
  principal: Principal,
): Promise<OptimizationJson> {
  const { analyzed, skipped, recommendations, insights, growth } = await deps.hosting.optimize(
    request,
    principal,
  )
  const findKill = createKillFinder(deps.memories)
  const server = request.name ?? undefined
  const { items } = await listIncidents(deps, { state: 'open', server, limit: INCIDENTS })
  const rendered: RecommendationJson[] = []
  for (const { server, item, notApplied } of recommendations) {
    rendered.push(await renderRecommendation(server, item, findKill, notApplied))
  }
  return {
    analyzed,
    skipped: [...skipped],
    recommendations: rendered,
    incidents: items,
    growth: growth.map(({ mibPerHour, kibPerCall, restartAt, since, ...found }) => ({
      ...found,
      mib_per_hour: mibPerHour,
      kib_per_call: kibPerCall,
      restart_at: renderTime(restartAt),
      since: renderTime(since),
    })),
    insights: insights.map(({ interval, servers, changeMib, ...insight }) => ({
      ...insight,
      change_mib: changeMib,
      interval: [...interval],
      servers: [...servers],
    })),
    explanation: { source: 'rules', model: null },
  }
}

const RESOURCES: Readonly<Record<'memory' | 'cpu', readonly Resource[]>> = {
  memory: ['memory_mb'],
  cpu: ['cpu_percent'],
}

export function parseOptimizeRequest(
  name: string | null,
  asked: {
    readonly resource: 'memory' | 'cpu' | 'all'
    readonly tier?: OptimizeRequest['tier'] | undefined
    readonly apply: boolean
  },
): OptimizeRequest {
  const { resource, tier, apply } = asked
  return {
    name,
    apply,
    ...(resource === 'all' ? {} : { resources: RESOURCES[resource] }),
    ...(tier === undefined ? {} : { tier }),
  }
}
