import type { ServerId } from '../domain/id.ts'
import type { Principal } from '../domain/principal.ts'
import type { SampleRow } from '../domain/sample.ts'
import { recommendResources, type Recommendation } from '../insight/recommend/recommend-resources.ts'
import type { HostingContext } from './context.ts'
import { findServer, viewServer, type ServerView } from './server-view.ts'
import { setServer } from './set-server.ts'

export type Optimization = {
  readonly analyzed: number
  readonly recommendations: readonly (Recommendation & {
    readonly server: string
    readonly applied: boolean
  })[]
  readonly insufficientData: readonly {
    readonly server: string
    readonly why: string
    readonly neededSeconds: number
  }[]
}

/**
 * What the samples of the last day say about one server's limits, or about all. With `apply` the
 * proposed limits are set; they hold from each server's next start on.
 */
export async function optimizeServers(
  context: HostingContext,
  options: { readonly name: string | null; readonly apply: boolean },
  principal: Principal,
): Promise<Optimization> {
  const servers =
    options.name === null ? await context.servers.list() : [await findServer(context, options.name)]
  const recommendations: Optimization['recommendations'][number][] = []
  const insufficientData: Optimization['insufficientData'][number][] = []
  for (const server of servers) {
    const view = await viewServer(context, server)
    if (view.config === null) continue
    const advice = recommendResources(await readDay(context, server.id), view.config.limits)
    if (advice.kind === 'insufficient_data') {
      insufficientData.push({ server: server.name, why: advice.why, neededSeconds: advice.neededSeconds })
      continue
    }
    const changes = advice.items.filter(({ direction }) => direction !== 'keep')
    const applied = options.apply && changes.length > 0
    if (applied) await applyLimits(context, view, changes, principal)
    recommendations.push(
      ...advice.items.map((item) => ({
        ...item,
        server: server.name,
        applied: applied && item.direction !== 'keep',
      })),
    )
  }
  return { analyzed: servers.length, recommendations, insufficientData }
}

const DAY_MS = 86_400_000
const MINUTE = 60

function readDay({ samples, clock }: HostingContext, id: ServerId): Promise<readonly SampleRow[]> {
  const now = clock.now()
  return samples.range(id, now - DAY_MS, now + 1, MINUTE)
}

async function applyLimits(
  context: HostingContext,
  { server }: ServerView,
  changes: readonly Recommendation[],
  principal: Principal,
): Promise<void> {
  const find = (resource: Recommendation['resource']) =>
    changes.find((change) => change.resource === resource)?.proposed
  const limits = { memoryMb: find('memory_mb'), cpuPercent: find('cpu_percent') }
  await setServer(context, server.name, { limits }, principal)
}
