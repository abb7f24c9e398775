/** What all servers of the last month show together, and one memory a day of each. */
import type { VersionId } from '../../domain/id.ts'
import { findBadDependencies, findRemedies, type Insight } from '../../insight/fleet/find-insights.ts'
import { describeRemedy, listRemedies, type Remedy } from '../../insight/fleet/find-remedies.ts'
import { findVersionEffects } from '../../insight/fleet/find-version-effects.ts'
import { readMoves, type MovedVersion } from '../../insight/fleet/read-moves.ts'
import type { HostingContext } from '../context.ts'
import { gatherServers, type GatheredServer } from './gather-facts.ts'

const DAY_MS = 86_400_000
const DAYS = 30
const MOST_INCIDENTS = 500
/** What helped so often is worth a page of its own. */
const PROVED = 3
/** The kind of a memory. */
export const RUNBOOK = 'runbook.confirmed'
const READER = { id: 'platform', isAdmin: false }

export async function gatherInsights(
  context: HostingContext,
  gathered: readonly GatheredServer[],
): Promise<readonly Insight[]> {
  const incidents = await listRecent(context)
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
  return [
    ...findBadDependencies(servers),
    ...findRemedies(incidents),
    ...findVersionEffects(await gatherMoves(context, gathered)),
  ]
}

async function listRecent({ incidents, clock }: HostingContext) {
  const since = clock.now() - DAYS * DAY_MS
  return (await incidents.list({ limit: MOST_INCIDENTS })).filter(({ updatedAt }) => updatedAt >= since)
}

/** Of servers that ran in more than one version of themselves. */
async function gatherMoves({ versions }: HostingContext, gathered: readonly GatheredServer[]) {
  const idsOf = ({ profiles }: GatheredServer): readonly VersionId[] => [
    ...new Set(profiles.map(({ versionId }) => versionId)),
  ]
  const moved = gathered.filter((each) => idsOf(each).length > 1)
  const known = new Map<VersionId, MovedVersion>()
  for (const { id, number, detection } of (await versions.findEach(moved.flatMap(idsOf))).values()) {
    const of = detection.shape?.versions
    if (of !== undefined) known.set(id, { number, versions: of })
  }
  return moved.flatMap(({ server, profiles }) => readMoves(server.name, profiles, known))
}

/** For the platform's timer. */
export async function tellInsights(context: HostingContext): Promise<void> {
  const { memories, clock } = context
  const gathered = await gatherServers(context, await context.servers.list())
  for (const insight of await gatherInsights(context, gathered)) {
    const { kind, class: of, subject, text, n, effect, interval, chance, changeMib, servers } = insight
    const fingerprint = `insight:${kind}:${of ?? 'memory'}:${subject}`
    const filter = {
      kind: `insight.${kind}`,
      since: clock.now() - DAY_MS,
      ceiling: 'normal',
      reader: READER,
    } as const
    const { items } = await memories.recent(filter, { limit: 100, offset: 0 })
    if (items.some(({ node, data }) => node === memories.node && data['about'] === fingerprint)) continue
    await memories.store({
      category: 'optimization',
      kind: `insight.${kind}`,
      actor: 'platform',
      content: `What servers show together: ${text}`,
      importance: 0.8,
      tags: of === null ? [] : [of],
      fingerprint,
      data: {
        about: fingerprint,
        class: of,
        subject,
        n,
        effect,
        interval: [...interval],
        chance,
        change_mib: changeMib,
        servers: [...servers],
      },
    })
  }
  for (const remedy of listRemedies(await listRecent(context))) await tellRunbook(context, remedy)
}

/** What repaired one class of trouble three times is a runbook: a new one when there is more to say. */
async function tellRunbook({ memories }: HostingContext, remedy: Remedy): Promise<void> {
  const { class: of, action, helped, of: cases, interval, servers, helpedIn } = remedy
  if (helped < PROVED) return
  const fingerprint = `runbook:${memories.node}:${of}:${action}:${helped}/${cases}`
  const filter = { kind: RUNBOOK, tags: [of], ceiling: 'normal', reader: READER } as const
  const { items } = await memories.recent(filter, { limit: 100, offset: 0 })
  if (items.some(({ data }) => data['about'] === fingerprint)) return
  await memories.store({
    category: 'runbooks',
    kind: RUNBOOK,
    actor: 'platform',
    content: `Runbook for ${of}: try ${action}. It is what helped before: ${describeRemedy(remedy)}`,
    importance: 0.9,
    tags: [of],
    fingerprint,
    data: {
      about: fingerprint,
      class: of,
      action,
      success: helped / cases,
      helped,
      cases,
      wilson_interval: [...interval],
      servers: [...servers],
      incidents: helpedIn.slice(0, 20).map(({ id }) => id),
    },
  })
}
