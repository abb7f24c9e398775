/** The verb: what is advised for one server or for all, and, where asked to, done. */
import { AppError } from '../../domain/error.ts'
import type { Principal } from '../../domain/principal.ts'
import type { Recommendation, Resource, Tier } from '../../domain/recommendation.ts'
import type { HostingContext } from '../context.ts'
import { gatherInsights } from './fleet-insights.ts'
import { findServer } from '../server-view.ts'
import { analyze, type Analysis } from './analyze.ts'
import type { Growth } from '../../insight/leaks/assess-growth.ts'
import type { Insight } from '../../insight/fleet/find-insights.ts'
import { applyRecommendation, inAdviceTurn } from './apply-recommendation.ts'

export type OptimizeRequest = {
  /** Null: all servers. */
  readonly name: string | null
  /** Absent: whatever there is advice on. */
  readonly resources?: readonly Resource[]
  /** Absent: the configured one. */
  readonly tier?: Tier
  readonly apply: boolean
}

export type Advised = {
  readonly server: string
  readonly item: Recommendation
  /** Why it was not applied, although that was asked for. */
  readonly notApplied: string | null
}

export type Optimization = Pick<Analysis, 'analyzed' | 'skipped'> & {
  readonly recommendations: readonly Advised[]
  /** What all servers together show: of one server those that it is part of. */
  readonly insights: readonly Insight[]
  /** Memory that grows and does not come back. */
  readonly growth: readonly (Growth & { readonly server: string })[]
}

export async function optimize(
  context: HostingContext,
  request: OptimizeRequest,
  principal: Pick<Principal, 'id'>,
): Promise<Optimization> {
  const { name, resources, tier = context.settings.advice.tier } = request
  if (name !== null) await findServer(context, name)
  const asked = { name, tier, ...(resources === undefined ? {} : { resources }) }
  const { analyzed, skipped, open, gathered } = await inAdviceTurn(context, () => analyze(context, asked))
  const recommendations: Advised[] = []
  for (const { server, item } of open) {
    recommendations.push({
      server: server.name,
      ...(request.apply ? await tryApply(context, item, principal) : { item, notApplied: null }),
    })
  }
  const insights = (await gatherInsights(context, gathered)).filter(
    ({ servers }) => name === null || servers.includes(name),
  )
  const growth = gathered.flatMap(({ server }) => {
    const found = name === null || server.name === name ? context.growth.of(server.id) : null
    return found === null ? [] : [{ server: server.name, ...found }]
  })
  return { analyzed, skipped, recommendations, insights, growth }
}

async function tryApply(
  context: HostingContext,
  item: Recommendation,
  principal: Pick<Principal, 'id'>,
): Promise<Omit<Advised, 'server'>> {
  if (!item.mayApply) {
    const why = `not sure enough to be applied with others (confidence ${item.confidence.value}); it can be by its id`
    return { item, notApplied: why }
  }
  try {
    return { item: (await applyRecommendation(context, item.id, principal)).item, notApplied: null }
  } catch (error) {
    if (error instanceof AppError) return { item, notApplied: error.message }
    throw error
  }
}

/** For the platform's timer: keeps advice fresh, and applies it where that is switched on. */
export async function adviseByTimer(context: HostingContext): Promise<void> {
  const { applyByItself } = context.settings.advice
  await optimize(context, { name: null, apply: applyByItself }, { id: 'platform' })
}
