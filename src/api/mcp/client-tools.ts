import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { readEndpointClients, readServerClients } from '../render-clients.ts'
import { clientListSchema, endpointTrialSchema, hubServersSchema } from '../schema/clients.ts'
import { testServerEndpoint } from '../test-endpoint.ts'
import { resolveServer, serverInput } from './server-input.ts'
import { CHANGES, defineTool, READS, type ManagementTool } from './tool.ts'

/** How MCP clients are given an endpoint. */
export function buildClientTools(deps: ApiDeps): ManagementTool[] {
  return [
    defineTool({
      name: 'get_client_setup',
      title: 'How clients are given a server',
      description:
        'Links, commands and files with which each known MCP client connects to a hosted server, to all of them or ' +
        'to the tools of the platform; or why it cannot. They hold no token.',
      needs: 'servers:read',
      input: z.strictObject({
        name: z.string().max(100).optional().describe('The name or the id of a server; absent: see endpoint'),
        endpoint: z.enum(['hub', 'platform']).default('hub').describe('Where no server is named'),
        servers: hubServersSchema.describe('Of the servers behind the hub these alone'),
        client: z.string().max(64).optional().describe('Only this one, for example cursor'),
      }),
      output: clientListSchema,
      annotations: READS,
      async run({ args }) {
        const { name, endpoint, servers, client } = args
        const all =
          name === undefined
            ? readEndpointClients(deps, endpoint, servers)
            : await readServerClients(deps, await resolveServer(deps.hosting, { name }))
        const items = all.items.filter(({ id }) => client === undefined || id === client)
        const lines = items.map(({ id, title, disabled, commands, links }) => {
          const way = disabled ?? commands[0]?.text ?? links[0]?.href ?? 'by its file'
          return `- ${id} (${title}): ${way}`
        })
        return { text: [`${all.name} is at ${all.endpoint}`, ...lines].join('\n'), data: { ...all, items } }
      },
    }),
    defineTool({
      name: 'test_client_connection',
      title: 'Try whether clients can connect',
      description:
        'Connects to a hosted server as an MCP client would: through its public address, in both generations of the ' +
        'protocol, and says what it saw.',
      needs: 'mcp:call',
      action: 'client.test',
      input: serverInput,
      output: endpointTrialSchema,
      annotations: { ...CHANGES, openWorldHint: true },
      async run({ args, principal }) {
        const data = await testServerEndpoint(deps, await resolveServer(deps.hosting, args), principal)
        const lines = data.eras.map(({ protocol_version: version, era, tools, problem }) =>
          problem === null ? `- ${version}: ${tools} tools` : `- ${version ?? era}: ${problem}`,
        )
        return { text: [`${data.url} ${data.works ? 'works' : 'does not work'}`, ...lines].join('\n'), data }
      },
    }),
  ]
}
