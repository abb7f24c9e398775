import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { renderCleanupDone, renderCleanupList } from '../render-cleanup.ts'
import { cleanupDoneSchema, cleanupListSchema } from '../schema/cleanup.ts'
import { defineTool, DESTROYS, READS, type ManagementTool } from './tool.ts'

export function buildCleanupTools({ hosting }: ApiDeps): ManagementTool[] {
  return [
    defineTool({
      name: 'list_cleanup',
      title: 'What nothing uses any more',
      description: 'What a clean-up would remove now, and why. Changes nothing.',
      needs: 'servers:read',
      input: z.strictObject({}),
      output: cleanupListSchema,
      annotations: READS,
      async run() {
        const data = renderCleanupList(await hosting.listCleanup())
        const lines = data.items.map(({ what, bytes, why }) => `- ${what}, ${bytes} bytes: ${why}`)
        return { text: [`${data.items.length} things, ${data.bytes} bytes`, ...lines].join('\n'), data }
      },
    }),
    defineTool({
      name: 'clean_up_hosting',
      title: 'Remove what nothing uses any more',
      description: 'Removes what list_cleanup lists, and says what came free.',
      needs: 'admin',
      action: 'cleanup.run',
      input: z.strictObject({}),
      output: cleanupDoneSchema,
      annotations: DESTROYS,
      async run({ principal }) {
        const data = renderCleanupDone(await hosting.cleanUp(principal))
        const lines = data.items.map(({ what, error }) => `- ${what}${error ? `: ${error.message}` : ''}`)
        return { text: [`${data.freed_bytes} bytes came free`, ...lines].join('\n'), data }
      },
    }),
  ]
}
