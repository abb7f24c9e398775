import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { createAttentionReader } from '../read-attention.ts'
import { attentionSchema } from '../schema/attention.ts'
import { defineTool, READS, type ManagementTool } from './tool.ts'

export function buildAttentionTool(deps: ApiDeps): ManagementTool {
  const read = createAttentionReader(deps)
  return defineTool({
    name: 'list_attention',
    title: 'What needs somebody',
    description:
      'Servers that do not serve, versions and tools that wait for a decision, disks and tokens that run out: ' +
      'the urgent first, each with the one thing to do about it.',
    needs: 'servers:read',
    input: z.strictObject({}),
    output: attentionSchema,
    annotations: READS,
    async run({ principal }) {
      const data = await read(principal)
      const lines = data.items.map(
        ({ urgency, server, text, command }) => `- ${urgency}: ${server ?? 'platform'}: ${text} ${command}`,
      )
      const head = lines.length === 0 ? 'Nothing needs anybody' : `${lines.length} things need somebody`
      return { text: [head, ...lines].join('\n'), data }
    },
  })
}
