/** What helped in the same class of trouble before: here by the incidents that are kept, elsewhere by what was told. */
import { z } from 'zod'
import type { IncidentId } from '../../domain/id.ts'
import type { Incident } from '../../domain/incident.ts'
import { describeRemedy, listRemedies, rankRemedies } from '../../insight/fleet/find-remedies.ts'
import type { HostingContext } from '../context.ts'
import { RUNBOOK } from '../recommend/fleet-insights.ts'

export type KnownRemedy = {
  readonly action: string
  readonly helped: number
  readonly of: number
  /** Of the share, 95 % (Wilson). */
  readonly interval: readonly [low: number, high: number]
  /** One sentence without a full stop. */
  readonly text: string
  /** Where it helped here, the latest first. */
  readonly incidents: readonly { readonly id: IncidentId; readonly server: string; readonly at: number }[]
  /** The runbook that tells of it; null: it helped too seldom for one. */
  readonly memoryId: string | null
  /** The platform that told it; null: this one. */
  readonly node: string | null
}

const MOST_INCIDENTS = 500
const SHOWN = 5
const SHOWN_INCIDENTS = 5

const share = z.number().min(0).max(1)
/** Of another platform as well: a stranger's. */
const runbook = z.object({
  action: z.string().min(1).max(100),
  helped: z.int().min(1),
  cases: z.int().min(1),
  wilson_interval: z.tuple([share, share]),
})

/** The surest first; what others told comes after what was seen here. */
export async function recallRemedies(
  context: Pick<HostingContext, 'incidents' | 'memories'>,
  incident: Pick<Incident, 'id' | 'class'>,
): Promise<readonly KnownRemedy[]> {
  const { id, class: kind } = incident
  if (kind === null || kind === 'unknown') return []
  const { incidents, memories } = context
  const seen = (await incidents.list({ limit: MOST_INCIDENTS })).filter((other) => other.id !== id)
  const { items } = await memories.recent(
    { kind: RUNBOOK, tags: [kind], ceiling: 'normal', reader: { id: 'platform', isAdmin: false } },
    { limit: 100, offset: 0 },
  )
  const pages = items.flatMap((memory) => {
    const { data } = runbook.safeParse(memory.data)
    return data === undefined || data.helped > data.cases
      ? []
      : [{ ...data, id: memory.id, node: memory.node }]
  })
  const own = rankRemedies(listRemedies(seen), kind).map((remedy) => ({
    action: remedy.action,
    helped: remedy.helped,
    of: remedy.of,
    interval: remedy.interval,
    text: describeRemedy(remedy),
    incidents: remedy.helpedIn.slice(0, SHOWN_INCIDENTS),
    memoryId:
      pages.find(({ node, action }) => node === memories.node && action === remedy.action)?.id ?? null,
    node: null,
  }))
  const told = pages
    .filter(({ node }) => node !== memories.node)
    .toSorted((a, b) => b.wilson_interval[0] - a.wilson_interval[0])
    .map(({ action, helped, cases, wilson_interval: interval, id: memoryId, node }) => ({
      action,
      helped,
      of: cases,
      interval,
      text: `another platform: ${describeRemedy({ class: kind, action, of: cases, helped, interval, servers: [], helpedIn: [] })}`,
      incidents: [],
      memoryId,
      node,
    }))
  return [...own, ...told].slice(0, SHOWN)
}
