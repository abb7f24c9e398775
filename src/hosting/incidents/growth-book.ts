/** Looks at the memory of every server now and then, and keeps what it saw until the next look. */
import type { Clock } from '../../domain/clock.ts'
import type { ServerId } from '../../domain/id.ts'
import { assessGrowth, type Growth } from '../../insight/leaks/assess-growth.ts'
import { GROWTH, type Signal } from '../../insight/incidents/read-signal.ts'
import type { CallCounts, Servers, SampleStore } from '../ports.ts'
import type { IncidentBook } from './incident-book.ts'

type GrowthBookDeps = {
  readonly servers: Pick<Servers, 'list'>
  readonly samples: Pick<SampleStore, 'range'>
  readonly calls: Pick<CallCounts, 'figures'>
  readonly incidents: Pick<IncidentBook, 'note' | 'list'>
  readonly clock: Clock
}

export interface GrowthBook {
  /** Null: its memory does not grow, as far as was seen. */
  of(serverId: ServerId): Growth | null
  look(): Promise<void>
}

const STEP_SECONDS = 600
const STEP_MS = STEP_SECONDS * 1000
const HOUR_MS = 3_600_000
/** What the verdict of two days needs; and as long as restarts are looked back for. */
const FIRST_MS = 56 * HOUR_MS
const LONG_MS = 8 * 24 * HOUR_MS
/** Not seen for so long, it is over. */
const GONE_MS = 6 * HOUR_MS
/** Of the calls, so that one tool is named. */
const NEARLY_ALL = 0.8

export function createGrowthBook(deps: GrowthBookDeps): GrowthBook {
  const { samples, incidents, clock } = deps
  const seen = new Map<ServerId, Growth>()
  const told = new Map<ServerId, string>()

  const assess = async (serverId: ServerId): Promise<Growth | null> => {
    // Whole steps: the least of one that has just begun may be too much.
    const now = Math.floor(clock.now() / STEP_MS) * STEP_MS
    const short = await samples.range(serverId, now - FIRST_MS, now, STEP_SECONDS)
    const first = assessGrowth(short, now, null)
    if (short.length === 0) return null
    // A leak shows over restarts: further back, where there was any.
    const isWorth = first !== null || short.some(({ starts }) => (starts ?? 0) > 0)
    const steps = isWorth ? await samples.range(serverId, now - LONG_MS, now, STEP_SECONDS) : short
    return assessGrowth(steps, now, first === null ? null : await findTool(serverId, first.since))
  }

  const findTool = async (serverId: ServerId, since: number): Promise<string | null> => {
    const { all, byTool } = await deps.calls.figures(serverId, since)
    const [most] = byTool
    return all !== null && most !== undefined && most.calls >= NEARLY_ALL * all.calls ? most.tool : null
  }

  const tell = async (serverId: ServerId, server: string, found: Growth | null) => {
    if (found !== null && found.level === 'incident') {
      // The same again is no news; that it is surer or sooner is.
      const news = `${found.tier} ${found.since} ${soonness(found)}`
      if (told.get(serverId) === news) return
      told.set(serverId, news)
      await incidents.note(buildTrouble(serverId, server, found))
      return
    }
    const open = (await incidents.list({ state: 'open', serverId, limit: 100 })).find(
      ({ subject }) => subject === GROWTH,
    )
    if (open === undefined) return
    const isAfresh = found === null && clock.now() - open.lastAt >= GONE_MS
    if (!isAfresh) return
    told.delete(serverId)
    const text = 'Its memory has not grown for six hours.'
    await incidents.note({ serverId, server, kind: 'over', subjects: /^growth$/, text })
  }

  return {
    of: (serverId) => seen.get(serverId) ?? null,
    async look() {
      const servers = await deps.servers.list()
      const known = new Set(servers.map(({ id }) => id))
      for (const id of seen.keys()) if (!known.has(id)) seen.delete(id)
      for (const { id, name } of servers) {
        const found = await assess(id)
        if (found === null) seen.delete(id)
        else seen.set(id, found)
        await tell(id, name, found)
      }
    },
  }
}

const SOON_HOURS = 3
const soonness = ({ hours }: Growth) => (hours !== null && hours < SOON_HOURS ? 'soon' : 'later')

function buildTrouble(serverId: ServerId, server: string, found: Growth): Signal {
  const at = new Date(found.restartAt).toISOString().slice(11, 16)
  const isSoon = soonness(found) === 'soon'
  return {
    kind: 'trouble',
    serverId,
    server,
    subject: GROWTH,
    as: found.tier === 'confirmed' ? 'leak' : 'growth',
    class: null,
    severity: isSoon ? 'high' : found.tier === 'confirmed' ? 'medium' : 'low',
    mark: 'memory',
    hint: `Restart it at ${at} UTC, its quietest hour before then: haivemind restart ${server}. Its limit is not raised to follow this.`,
    text: found.text,
  }
}
