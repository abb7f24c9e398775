import { z } from 'zod'
import { renderChanges } from '../../hosting/describe-changes.ts'
import type { ServerView } from '../../hosting/server-view.ts'
import type { ApiDeps } from '../api-deps.ts'
import { buildCursor, buildServerQuery, serverChoiceShape } from '../choose-servers.ts'
import { renderComparison } from '../render-comparison.ts'
import { renderServer, renderVersion } from '../render-server.ts'
import { comparisonSchema } from '../schema/comparison.ts'
import {
  serverDeletedSchema,
  serverSchema,
  versionDeletedSchema,
  versionListSchema,
  type ServerJson,
} from '../schema/server.ts'
import { resolveServer, serverInput } from './server-input.ts'
import { CHANGES, defineTool, DESTROYS, READS, type ManagementTool } from './tool.ts'

/** The life of hosted servers. */
export function buildServerTools({ hosting, baseUrl, clock }: ApiDeps): ManagementTool[] {
  const render = (view: ServerView) => renderServer(view, baseUrl, clock.now())
  const verbs = [
    ['start', 'Start a hosted MCP server', 'Starts a stopped or failed server and answers once it runs.'],
    ['stop', 'Stop a hosted MCP server', 'Stops a server; it stays stopped until somebody starts it.'],
    ['restart', 'Restart a hosted MCP server', 'Ends the running instance and starts a new one.'],
  ] as const
  return [
    ...verbs.map(([verb, title, description]) =>
      defineTool({
        name: `${verb}_mcp_server`,
        title,
        description,
        needs: 'servers:write',
        action: `server.${verb}`,
        input: serverInput,
        output: serverSchema,
        annotations: verb === 'restart' ? { ...CHANGES, idempotentHint: false } : CHANGES,
        async run({ args, principal }) {
          const data = render(await hosting[verb](await resolveServer(hosting, args), principal))
          return { text: describeServer(data), data }
        },
      }),
    ),
    defineTool({
      name: 'get_mcp_server_status',
      title: 'Status of a hosted MCP server',
      description: 'Status, health, last exit, limits, isolation and resource use of one server.',
      needs: 'servers:read',
      input: serverInput,
      output: serverSchema,
      annotations: READS,
      async run({ args }) {
        const data = render(await hosting.get(await resolveServer(hosting, args)))
        return { text: describeServer(data), data }
      },
    }),
    defineTool({
      name: 'list_mcp_servers',
      title: 'List hosted MCP servers',
      description: 'Hosted servers with their status and endpoint: all of them, or those that fit.',
      needs: 'servers:read',
      input: z.strictObject({
        ...serverChoiceShape,
        archived: z.boolean().default(false).describe('Those that are archived instead'),
        limit: z.int().min(1).max(500).default(500),
        cursor: z.string().max(400).optional().describe('What next_cursor of the page before said'),
      }),
      output: z.object({
        servers: z.array(serverSchema),
        total: z.int().describe('Of those that fit, on all pages'),
        next_cursor: z.string().nullable(),
      }),
      annotations: READS,
      async run({ args: { archived, limit, cursor, ...choice } }) {
        const query = buildServerQuery(
          { ...choice, archived: archived ? 'true' : 'false' },
          { cursor, limit },
        )
        const { views, last, total } = await hosting.listPage(query)
        const servers = views.map(render)
        const lines = servers.map((server) => `- ${describeServer(server)}`)
        return {
          text: [`Hosted MCP Servers (${total})`, ...lines].join('\n'),
          data: { servers, total, next_cursor: last === null ? null : buildCursor(last) },
        }
      },
    }),
    defineTool({
      name: 'restore_mcp_server',
      title: 'Host an archived MCP server again',
      description:
        'Brings a server back that expired, as it was and stopped. list_mcp_servers lists archived ones.',
      needs: 'servers:write',
      action: 'server.restore',
      input: z.strictObject({ name: z.string().max(256) }),
      output: serverSchema,
      annotations: { ...CHANGES, idempotentHint: false },
      async run({ args, principal }) {
        const data = render(await hosting.restore(args.name, principal))
        return { text: describeServer(data), data }
      },
    }),
    defineTool({
      name: 'delete_mcp_server',
      title: 'Delete a hosted MCP server',
      description: 'Removes a server with its process, data, logs and versions. This cannot be undone.',
      needs: 'servers:delete',
      action: 'server.delete',
      input: serverInput.extend({
        force: z
          .boolean()
          .default(false)
          .describe('Also while it runs; without it a running server is refused'),
      }),
      output: serverDeletedSchema,
      annotations: DESTROYS,
      async run({ args, principal }) {
        const name = await resolveServer(hosting, args)
        const gone = await hosting.delete(name, { force: args.force }, principal)
        return { text: `Server "${name}" is deleted.`, data: { ...gone, deleted: true as const } }
      },
    }),
    defineTool({
      name: 'list_mcp_server_versions',
      title: 'Versions of a hosted MCP server',
      description: 'The kept versions of a server, newest first.',
      needs: 'servers:read',
      input: serverInput,
      output: versionListSchema,
      annotations: READS,
      async run({ args }) {
        const versions = await hosting.listVersions(await resolveServer(hosting, args))
        const items = versions.map(renderVersion)
        const lines = items.map(({ number, status, created_at }) => `- ${number} (${status}), ${created_at}`)
        return { text: [`${items.length} versions`, ...lines].join('\n'), data: { items } }
      },
    }),
    defineTool({
      name: 'delete_mcp_server_version',
      title: 'Delete one version of a hosted MCP server',
      description:
        'Removes a version that nothing needs, with its files. The active one and those that may be gone back to stay.',
      needs: 'servers:delete',
      action: 'server.version.delete',
      input: serverInput.extend({ version: z.int().min(1) }),
      output: versionDeletedSchema,
      annotations: DESTROYS,
      async run({ args, principal, tell }) {
        const name = await resolveServer(hosting, args)
        const { version, freedBytes } = await hosting.deleteVersion(name, args.version, principal)
        const data = { version, freed_bytes: freedBytes, deleted: true as const }
        tell({ version, freed_bytes: freedBytes })
        return { text: `Version ${version} of "${name}" is deleted.`, data }
      },
    }),
    defineTool({
      name: 'compare_mcp_server_versions',
      title: 'Compare two versions of a hosted MCP server',
      description:
        'What differs between two kept versions: files, dependencies, settings, tools and other definitions.',
      needs: 'servers:read',
      input: serverInput.extend({ from: z.int().min(1), to: z.int().min(1) }),
      output: comparisonSchema,
      annotations: READS,
      async run({ args }) {
        const name = await resolveServer(hosting, args)
        const data = renderComparison(await hosting.compareVersions(name, args.from, args.to))
        const { file_changes: files, dependency_changes: dependencies, settings, definitions } = data
        const counts = `${files} files, ${dependencies} dependencies, ${settings.length} settings, ${definitions?.length ?? 'unknown'} definitions`
        return { text: `Versions ${args.from} and ${args.to} of "${name}" differ in: ${counts}.`, data }
      },
    }),
    defineTool({
      name: 'rollback_mcp_server',
      title: 'Roll a hosted MCP server back',
      description: 'Makes an earlier version active and, if the server is meant to run, runs it.',
      needs: 'servers:deploy',
      action: 'server.rollback',
      input: serverInput.extend({
        version: z.int().min(1).optional().describe('Absent: the one before the active one'),
      }),
      output: serverSchema,
      annotations: { ...CHANGES, idempotentHint: false },
      async run({ args, principal, tell }) {
        const name = await resolveServer(hosting, args)
        const { version: before } = await hosting.get(name)
        const data = render(await hosting.rollback(name, args.version ?? null, principal))
        tell(renderChanges([{ field: 'version', before: before?.number ?? null, after: data.version }]))
        return { text: describeServer(data), data }
      },
    }),
  ]
}

function describeServer(server: ServerJson): string {
  const { name, status, health, version, endpoint, reason } = server
  const state = status === 'running' ? `${status}, ${health}` : status
  const why = reason === null ? '' : `: ${reason}`
  return `${name}: ${state}${why}, version ${version ?? 'none'}, ${endpoint}`
}
