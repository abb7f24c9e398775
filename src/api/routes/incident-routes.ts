import type { ApiDeps } from '../api-deps.ts'
import { defineRoute, type Route } from '../route.ts'
import {
  explainQuerySchema,
  incidentListSchema,
  incidentQuerySchema,
  incidentSchema,
} from '../schema/incident.ts'
import { findIncident, listIncidents, renderIncident } from '../use-incidents.ts'

const PATH = '/api/v1/incidents'

export function buildIncidentRoutes(deps: Pick<ApiDeps, 'incidents' | 'hosting' | 'explain'>): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: PATH,
      needs: 'servers:read',
      summary:
        'Trouble of servers, that which began last first: one incident each, however often it happened',
      query: incidentQuerySchema,
      response: incidentListSchema,
      handle: async ({ query, reply }) => reply(await listIncidents(deps, query)),
    }),
    defineRoute({
      method: 'GET',
      path: `${PATH}/:id`,
      needs: 'servers:read',
      summary: 'One incident with its timeline, what it began after, and what helps',
      response: incidentSchema,
      query: explainQuerySchema,
      handle: async ({ params: { id = '' }, query, reply }) =>
        reply(await renderIncident(deps, await findIncident(deps, id), query.explain === 'true')),
    }),
  ]
}
