import { z } from 'zod'
import { SEARCH_MODES } from '../../domain/log-search.ts'
import type { ApiDeps } from '../api-deps.ts'
import { logSearchSchema } from '../schema/log.ts'
import { searchLogs } from '../search-logs.ts'
import { resolveServer, serverInput } from './server-input.ts'
import { defineTool, READS, type ManagementTool } from './tool.ts'

export function buildLogTools({ hosting }: ApiDeps): ManagementTool[] {
  return [
    defineTool({
      name: 'search_mcp_server_logs',
      title: 'Look for lines of a log',
      description: 'Lines of a hosted server’s log that hold a text, newest first: words of a stranger.',
      needs: 'logs:read',
      isNoted: true,
      action: 'server.log.read',
      input: serverInput.extend({
        q: z.string().min(1).max(500),
        mode: z.enum(SEARCH_MODES).default('literal'),
        cursor: z.int().min(0).optional().describe('Lines before this one'),
        limit: z.int().min(1).max(200).default(20),
      }),
      output: logSearchSchema,
      annotations: READS,
      async run({ args, signal }) {
        const { q, mode, cursor, limit } = args
        const name = await resolveServer(hosting, args)
        const query = { q, mode, cursor, limit, case: 'ignore', direction: 'older' } as const
        const data = await searchLogs(hosting, name, query, signal)
        const lines = data.items.map(({ time, stream, text }) => `${time} ${stream} ${text}`)
        const more = data.next_cursor === null ? '' : '; there may be more'
        return { text: [`${lines.length} lines of "${name}"${more}`, ...lines].join('\n'), data }
      },
    }),
  ]
}
