import { z } from 'zod'
import { INCIDENT_STATES } from '../../domain/incident.ts'
import type { ApiDeps } from '../api-deps.ts'
import { nameSchema } from '../schema/common.ts'
import { incidentListSchema, incidentSchema } from '../schema/incident.ts'
import { findIncident, listIncidents, renderIncident } from '../use-incidents.ts'
import { defineTool, READS, type ManagementTool } from './tool.ts'

export function buildIncidentTools(
  deps: Pick<ApiDeps, 'incidents' | 'hosting' | 'explain'>,
): ManagementTool[] {
  return [
    defineTool({
      name: 'list_hosting_incidents',
      title: 'Incidents of hosted servers',
      description:
        'Trouble of servers: crash loops, lack of memory, growth, servers that do not answer, tools that changed. One ' +
        'incident each, however often it happened; with the change that it began after.',
      needs: 'servers:read',
      input: z.strictObject({
        server: nameSchema.optional(),
        state: z.enum(INCIDENT_STATES).optional(),
        limit: z.int().min(1).max(100).default(20),
        cursor: z.string().max(200).optional(),
      }),
      output: incidentListSchema,
      annotations: READS,
      async run({ args }) {
        const data = await listIncidents(deps, args)
        const lines = data.items.map(
          ({ id, state, severity, title }) => `- ${id} ${state} ${severity}: ${title}`,
        )
        return { text: [`${data.items.length} incidents`, ...lines].join('\n'), data }
      },
    }),
    defineTool({
      name: 'get_hosting_incident',
      title: 'One incident',
      description: 'What happened, when, how often, since which change, what was tried, and what helps.',
      needs: 'servers:read',
      input: z.strictObject({
        incident_id: z.string().min(1).max(64),
        explain: z.boolean().default(false).describe('Ask the configured model too'),
      }),
      output: incidentSchema,
      annotations: READS,
      async run({ args }) {
        const data = await renderIncident(deps, await findIncident(deps, args.incident_id), args.explain)
        const lines = data.timeline.map(({ time, text }) => `- ${time} ${text}`)
        const helped = data.remedies.map(({ text }) => `What helped before: ${text}.`)
        return { text: [data.explanation.text, ...helped, ...lines].join('\n'), data }
      },
    }),
  ]
}
