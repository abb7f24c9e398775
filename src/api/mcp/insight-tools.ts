import { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import { mayCall, maySee } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import { buildUnseen } from '../authorize.ts'
import { renderCalls } from '../render-calls.ts'
import { renderLogLine } from '../render-log.ts'
import { renderStats } from '../render-stats.ts'
import { callWindowSchema, serverCallsSchema } from '../schema/calls.ts'
import { logListSchema } from '../schema/log.ts'
import { statsSchema } from '../schema/platform.ts'
import { resolveServer, serverInput } from './server-input.ts'
import { CHANGES, defineTool, READS, type ManagementTool } from './tool.ts'

/** What servers say and use, and their tools. */
export function buildInsightTools({ hosting, clock }: ApiDeps): ManagementTool[] {
  const startedAt = clock.monotonic()
  return [
    defineTool({
      name: 'get_mcp_server_logs',
      title: 'Logs of a hosted MCP server',
      description: 'The last lines that a server wrote, and what the platform has to say about it.',
      needs: 'logs:read',
      isNoted: true,
      action: 'server.log.read',
      input: serverInput.extend({ lines: z.int().min(1).max(1_000).default(50) }),
      output: logListSchema,
      annotations: READS,
      async run({ args }) {
        const name = await resolveServer(hosting, args)
        const items = (await hosting.readLogs(name, { tail: args.lines, limit: args.lines })).map(
          renderLogLine,
        )
        const lines = items.map(({ time, stream, text }) => `${time} ${stream} ${text}`)
        return {
          text: [`Logs of "${name}", ${items.length} lines`, ...lines].join('\n'),
          data: { items, next_cursor: items.at(-1)?.cursor.toString() ?? null },
        }
      },
    }),
    defineTool({
      name: 'get_hosting_stats',
      title: 'Statistics of the platform',
      description:
        'How many servers there are in which status, what they use, and how many calls they answered.',
      needs: 'servers:read',
      input: z.strictObject({}),
      output: statsSchema,
      annotations: READS,
      async run() {
        const seconds = (clock.monotonic() - startedAt) / 1000
        const data = renderStats(await hosting.getStats(), seconds, clock.now())
        const { servers, usage, calls_last_hour: calls } = data
        const text = [
          'MCP Hosting Statistics',
          `Servers: ${servers.total} of ${servers.max}, ${servers.by_status.running} running, ${servers.by_status.failed} failed`,
          `Memory: ${Math.round(usage.memory_bytes / 1_048_576)} MiB, CPU: ${usage.cpu_percent.toFixed(1)} % of one core`,
          `Calls in the last hour: ${calls.total}, ${calls.failed} failed`,
        ]
        return { text: text.join('\n'), data }
      },
    }),
    defineTool({
      name: 'get_mcp_server_metrics',
      title: 'Calls of a hosted MCP server',
      description:
        'How many calls each tool of a server got, how they ended, and how long they took (p50, p95, p99).',
      needs: 'servers:read',
      input: serverInput.extend({ seconds: callWindowSchema.shape.seconds }),
      output: serverCallsSchema,
      annotations: READS,
      async run({ args }) {
        const name = await resolveServer(hosting, args)
        const data = renderCalls(name, await hosting.getServerCalls(name, args.seconds))
        const lines = data.items.map(
          ({ method, tool, calls, outcomes: { ok = 0 }, latency_ms: { p50, p95, p99 } }) =>
            `- ${tool ?? method}: ${calls} calls, ${calls - ok} failed; p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`,
        )
        return {
          text: [`Calls of "${name}" since ${data.from}: ${data.all?.calls ?? 0}`, ...lines].join('\n'),
          data,
        }
      },
    }),
    defineTool({
      name: 'call_hosted_tool',
      title: 'Call a tool of a hosted server',
      description: 'Calls one tool of a running hosted server and gives back its result unchanged.',
      needs: 'mcp:call',
      action: 'server.call',
      input: serverInput.extend({
        tool: z.string().min(1).max(256),
        arguments: z.record(z.string(), z.json()).default({}),
      }),
      output: z.object({ result: z.looseObject({}).describe('content, structuredContent?, isError?') }),
      annotations: { ...CHANGES, destructiveHint: true, idempotentHint: false, openWorldHint: true },
      async run({ args, principal, signal }) {
        const server = await resolveServer(hosting, args)
        if (!maySee(principal, server)) throw buildUnseen(args.server_id ?? args.name ?? '')
        if (!mayCall(principal, server, args.tool)) {
          throw new AppError('forbidden', `The token lacks mcp:call:${server}:${args.tool}.`)
        }
        const call = { server, tool: args.tool, args: args.arguments }
        const result = await hosting.callTool(call, principal, signal)
        return { text: textOf(result['content']), data: { result: { ...result } } }
      },
    }),
  ]
}

/** The text blocks of a result; other blocks are in the structured part. */
function textOf(content: unknown): string {
  if (!Array.isArray(content)) return ''
  return content
    .flatMap((block: { readonly type?: unknown; readonly text?: unknown }) =>
      block.type === 'text' && typeof block.text === 'string' ? [block.text] : [],
    )
    .join('\n')
}
