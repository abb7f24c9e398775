import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { toolStateListSchema, toolStateSchema } from '../schema/tool.ts'
import { resolveServer, serverInput } from './server-input.ts'
import { CHANGES, defineTool, READS, type ManagementTool } from './tool.ts'

/** Which tools of hosted servers clients get. */
export function buildToolStateTools({ hosting }: ApiDeps): ManagementTool[] {
  return [
    defineTool({
      name: 'list_tool_states',
      title: 'The tools of a server and what became of them',
      description:
        'Tools as they were seen last, also of a server that does not run: which are switched off, changed or hidden.',
      needs: 'servers:read',
      input: serverInput,
      output: toolStateListSchema,
      annotations: READS,
      async run({ args }) {
        const items = [...(await hosting.listToolStates(await resolveServer(hosting, args)))]
        const lines = items.map(({ name, enabled, change, hidden }) => {
          const marks = [enabled ? [] : ['off'], change ?? [], hidden ? ['hidden'] : []].flat()
          return `- ${name}${marks.length === 0 ? '' : `: ${marks.join(', ')}`}`
        })
        return { text: [`${items.length} tools`, ...lines].join('\n'), data: { items } }
      },
    }),
    defineTool({
      name: 'set_hosted_tool',
      title: 'Switch a tool off or on',
      description: 'Off, no client of the server sees or calls the tool, at once; on, they do again.',
      needs: 'servers:write',
      action: 'server.tool.update',
      input: serverInput.extend({ tool: z.string().min(1).max(256), enabled: z.boolean() }),
      output: toolStateSchema,
      annotations: CHANGES,
      async run({ args, principal, tell }) {
        const name = await resolveServer(hosting, args)
        const data = await hosting.setToolEnabled(name, args.tool, args.enabled, principal)
        tell({ tool_name: data.name, enabled: data.enabled })
        return { text: `${data.name} of "${name}" is ${data.enabled ? 'on' : 'off'}`, data }
      },
    }),
  ]
}
