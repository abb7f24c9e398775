import type { Principal } from '../domain/principal.ts'
import type { Application, Recommendation, Resource } from '../domain/recommendation.ts'
import type { OptimizeRequest } from '../hosting/recommend/optimize.ts'
import type { ApiDeps } from './api-deps.ts'
import { createEvidenceFinder } from './find-evidence.ts'
import { renderExplanation } from './render-explanation.ts'
import { listIncidents } from './use-incidents.ts'
import { renderTime, renderTimeOrNull } from './schema/common.ts'
import type { OptimizationJson, RecommendationJson } from './schema/recommendation.ts'

export type RenderAdvice = (
  server: string,
  item: Recommendation,
  more?: { readonly notApplied?: string | null; readonly asksModel?: boolean },
) => Promise<RecommendationJson>

/** For one answer. */
export function createAdviceRenderer(deps: Pick<ApiDeps, 'memories' | 'explainAdvice'>): RenderAdvice {
  const findEvidence = createEvidenceFinder(deps.memories)
  return async (server, item, { notApplied = null, asksModel = false } = {}) => ({
    ...renderFacts(server, item, notApplied),
    because: await Promise.all(
      item.because.map(async (evidence) => {
        const { memoryId, samplesUrl } = await findEvidence(server, evidence)
        return { ...evidence, memory_id: memoryId, samples_url: samplesUrl }
      }),
    ),
    explanation: renderExplanation(await deps.explainAdvice(server, item, asksModel)),
  })
}

function renderFacts(
  server: string,
  item: Recommendation,
  notApplied: string | null,
): Omit<RecommendationJson, 'because' | 'explanation'> {
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
  return {
    id,
    server,
    resource,
    current,
    proposed,
    direction,
    tier,
    confidence: { ...confidence },
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
/** Rendered side by side, and the most that a model is asked about at once. */
const AT_ONCE = 8

/** Runs it, and puts the open incidents of these servers beside what came of it. */
export async function runOptimization(
  deps: Pick<ApiDeps, 'hosting' | 'incidents' | 'memories' | 'explainAdvice'>,
  { explain, ...request }: OptimizeRequest & { readonly explain: boolean },
  principal: Principal,
): Promise<OptimizationJson> {
  const { analyzed, skipped, recommendations, insights, growth } = await deps.hosting.optimize(
    request,
    principal,
  )
  const render = createAdviceRenderer(deps)
  const server = request.name ?? undefined
  const { items } = await listIncidents(deps, { state: 'open', server, limit: INCIDENTS })
  const rendered: RecommendationJson[] = []
  for (let from = 0; from < recommendations.length; from += AT_ONCE) {
    const part = recommendations.slice(from, from + AT_ONCE)
    // A model is asked about the first few: each answer takes seconds.
    const asksModel = explain && from === 0
    rendered.push(
      ...(await Promise.all(
        part.map(({ server, item, notApplied }) => render(server, item, { notApplied, asksModel })),
      )),
    )
  }
  const spoken = rendered.find(({ explanation }) => explanation.model !== null)?.explanation
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
    explanation: { source: spoken?.source ?? 'rules', model: spoken?.model?.name ?? null },
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
    readonly explain: boolean
  },
): OptimizeRequest & { readonly explain: boolean } {
  const { resource, tier, apply, explain } = asked
  return {
    name,
    apply,
    explain,
    ...(resource === 'all' ? {} : { resources: RESOURCES[resource] }),
    ...(tier === undefined ? {} : { tier }),
  }
}
