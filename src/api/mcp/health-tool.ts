import type { ApiDeps } from '../api-deps.ts'
import { renderHealth } from '../render-health.ts'
import { healthSchema } from '../schema/health.ts'
import { resolveServer, serverInput } from './server-input.ts'
import { defineTool, READS, type ManagementTool } from './tool.ts'

export function buildHealthTool({ hosting }: Pick<ApiDeps, 'hosting'>): ManagementTool {
  return defineTool({
    name: 'get_mcp_server_health',
    title: 'Health of a hosted MCP server',
    description:
      'Whether a server has started, whether it lives, whether calls go to it: each with what was seen last, and the ' +
      'last 90 checks.',
    needs: 'servers:read',
    input: serverInput,
    output: healthSchema,
    annotations: READS,
    async run({ args }) {
      const name = await resolveServer(hosting, args)
      const data = renderHealth(name, (await hosting.get(name)).health)
      const { liveness, readiness, startup, history } = data
      const passed = history.filter((slot) => slot.passed).length
      const why = readiness.reason === null ? '' : ` (${readiness.reason})`
      return {
        text: [
          `Health of "${name}": ${liveness.status}`,
          `- start-up: ${startup.status}`,
          `- ready for calls: ${readiness.ready ? 'yes' : `no${why}`}`,
          `- checks: ${passed} of the last ${history.length} passed`,
        ].join('\n'),
        data,
      }
    },
  })
}
