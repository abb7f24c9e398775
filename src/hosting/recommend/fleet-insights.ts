/** What all servers of the last month show together, and one memory a day of each. */
import { findBadDependencies, findRemedies, type Insight } from '../../insight/fleet/find-insights.ts'
import type { HostingContext } from '../context.ts'

const DAY_MS = 86_400_000
const DAYS = 30
const MOST_INCIDENTS = 500

export async function gatherInsights(context: HostingContext): Promise<readonly Insight[]> {
  const since = context.clock.now() - DAYS * DAY_MS
  const incidents = (await context.incidents.list({ limit: MOST_INCIDENTS })).filter(
    ({ updatedAt }) => updatedAt >= since,
  )
  const byServer = Map.groupBy(incidents, ({ serverId }) => serverId)
  const servers = []
  const all = await context.servers.list()
  const versions = await context.versions.findEach(all.flatMap(({ activeVersion }) => activeVersion ?? []))
  for (const { id, name, activeVersion } of all) {
    const version = activeVersion === null ? undefined : versions.get(activeVersion)
    const dependencies = version?.detection.shape?.dependencies
    if (dependencies === undefined) continue
    const own = byServer.get(id) ?? []
    // An end of an unknown kind is no kind.
    const classes = own.flatMap(({ class: kind }) => (kind === null || kind === 'unknown' ? [] : [kind]))
    servers.push({ name, dependencies, classes })
  }
  return [...findBadDependencies(servers), ...findRemedies(incidents)]
}

/** For the platform's timer. */
export async function tellInsights(context: HostingContext): Promise<void> {
  const { memories, clock } = context
  const reader = { id: 'platform', isAdmin: false }
  for (const insight of await gatherInsights(context)) {
    const { kind, class: of, subject, text, n, effect, interval, chance, servers } = insight
    const fingerprint = `insight:${kind}:${of}:${subject}`
    const filter = {
      kind: `insight.${kind}`,
      since: clock.now() - DAY_MS,
      ceiling: 'normal',
      reader,
    } as const
    const { items } = await memories.recent(filter, { limit: 100, offset: 0 })
    if (items.some(({ node, data }) => node === memories.node && data['about'] === fingerprint)) continue
    await memories.store({
      category: 'optimization',
      kind: `insight.${kind}`,
      actor: 'platform',
      content: `What servers show together: ${text}`,
      importance: 0.8,
      tags: [of],
      fingerprint,
      data: {
        about: fingerprint,
        class: of,
        subject,
        n,
        effect,
        interval: [...interval],
        chance,
        servers: [...servers],
      },
    })
  }
}
