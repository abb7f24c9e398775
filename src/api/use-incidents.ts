/** What tools and routes do with incidents. */
import { AppError } from '../domain/error.ts'
import type { IncidentId } from '../domain/id.ts'
import type { Incident, IncidentState } from '../domain/incident.ts'
import { describeIncident, describeTitle } from '../domain/incident-words.ts'
import type { ApiDeps } from './api-deps.ts'
import { renderExplanation } from './render-explanation.ts'
import { renderTime, renderTimeOrNull } from './schema/common.ts'
import type { IncidentJson, IncidentListJson, IncidentSummaryJson } from './schema/incident.ts'

const ID = /^inc_[0-9A-Z]{26}$/

type Deps = Pick<ApiDeps, 'incidents' | 'hosting'>

/** Throws AppError `server_not_found`, `invalid_request`. */
export async function listIncidents(
  { incidents, hosting }: Deps,
  query: {
    readonly state?: IncidentState | undefined
    readonly server?: string | undefined
    readonly limit: number
    readonly cursor?: string | undefined
  },
): Promise<IncidentListJson> {
  const { state, server, limit, cursor } = query
  if (cursor !== undefined && !ID.test(cursor)) {
    throw new AppError('invalid_request', 'query.cursor: is not one that this list gave.')
  }
  const of = server === undefined ? undefined : (await hosting.get(server)).server.id
  const found = await incidents.list({
    limit: limit + 1,
    ...(state === undefined ? {} : { state }),
    ...(of === undefined ? {} : { serverId: of }),
    ...(cursor === undefined ? {} : { before: cursor as IncidentId }),
  })
  const items = found.slice(0, limit)
  return {
    items: items.map(renderSummary),
    next_cursor: found.length > limit ? (items.at(-1)?.id ?? null) : null,
  }
}

/** Throws AppError `incident_not_found`. */
export async function findIncident({ incidents }: Pick<Deps, 'incidents'>, id: string): Promise<Incident> {
  const found = ID.test(id) ? await incidents.find(id as IncidentId) : null
  if (found === null) throw new AppError('incident_not_found', `There is no incident "${id.slice(0, 64)}".`)
  return found
}

function renderSummary(incident: Incident): IncidentSummaryJson {
  const { id, server, kind, severity, occurrences, resolvedAt, resolution, change, hint } = incident
  return {
    id,
    server,
    server_id: incident.serverId,
    kind,
    class: incident.class,
    state: resolvedAt === null ? 'open' : 'resolved',
    severity,
    title: describeTitle(incident),
    occurrences,
    opened_at: renderTime(incident.openedAt),
    updated_at: renderTime(incident.updatedAt),
    last_at: renderTime(incident.lastAt),
    resolved_at: renderTimeOrNull(resolvedAt),
    resolution,
    change:
      change === null
        ? null
        : {
            kind: change.kind,
            text: change.text,
            at: renderTime(change.at),
            actor: change.actor,
            event_id: change.eventId,
            suspected: change.isSuspected,
          },
    hint,
  }
}

export async function renderIncident(
  { explain, hosting }: Pick<ApiDeps, 'explain' | 'hosting'>,
  incident: Incident,
  asksModel: boolean,
): Promise<IncidentJson> {
  return {
    ...renderSummary(incident),
    text: describeIncident(incident),
    fingerprints: [...incident.fingerprints],
    tail: incident.tail,
    timeline: incident.timeline.map(({ id, at, kind, text, eventId }) => ({
      id,
      time: renderTime(at),
      kind,
      text,
      event_id: eventId,
    })),
    omitted: incident.omitted,
    remedies: (await hosting.recallRemedies(incident)).map(
      ({ memoryId, interval, incidents, ...remedy }) => ({
        ...remedy,
        interval: [...interval],
        incidents: incidents.map(({ id, server, at }) => ({ id, server, time: renderTime(at) })),
        memory_id: memoryId,
      }),
    ),
    explanation: renderExplanation(await explain(incident, asksModel)),
  }
}
