import type { RecommendationState } from '../../domain/recommendation.ts'
import type { HostingContext } from '../context.ts'
import { findServer } from '../server-view.ts'
import type { Subject } from './apply-recommendation.ts'

/** Newest first; nothing is looked at anew. */
export async function listRecommendations(
  context: HostingContext,
  asked: { readonly name?: string; readonly state?: RecommendationState; readonly limit: number },
): Promise<readonly Subject[]> {
  const { name, state, limit } = asked
  const server = name === undefined ? null : await findServer(context, name)
  const found = await context.recommendations.list({
    limit,
    ...(server === null ? {} : { serverId: server.id }),
    ...(state === undefined ? {} : { state }),
  })
  const subjects: Subject[] = []
  for (const item of found) {
    const own = await context.servers.find(item.serverId)
    if (own !== null) subjects.push({ server: own, item })
  }
  return subjects
}
