import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { renderSamples } from '../render-samples.ts'
import { sampleToolInput, samplesSchema, type SamplesJson } from '../schema/samples.ts'
import { resolveServer, serverInput } from './server-input.ts'
import { defineTool, READS, type ManagementTool } from './tool.ts'

type Asked = z.output<z.ZodObject<typeof sampleToolInput>>

/** What servers and the machine took over time. */
export function buildSampleTools({ hosting }: ApiDeps): ManagementTool[] {
  const read = async (name: string | null, { from, to, seconds, step, columns }: Asked) => {
    const query = { from: from ?? null, to: to ?? null, seconds, step: step ?? null }
    const data = renderSamples(name, await hosting.getSamples(name, query), columns ?? null)
    return { text: describe(data), data }
  }
  return [
    defineTool({
      name: 'get_mcp_server_samples',
      title: 'What a hosted MCP server took over time',
      description:
        'CPU, memory, processes, files, connections, sessions, traffic, calls, latency, throttling and out-of-memory kills of a server, step by step.',
      needs: 'servers:read',
      input: serverInput.extend(sampleToolInput),
      output: samplesSchema,
      annotations: READS,
      run: async ({ args }) => read(await resolveServer(hosting, args), args),
    }),
    defineTool({
      name: 'get_hosting_samples',
      title: 'What the machine took over time',
      description:
        'CPU, memory and disk of the machine, and what all hosted servers took together, step by step.',
      needs: 'servers:read',
      input: z.strictObject(sampleToolInput),
      output: samplesSchema,
      annotations: READS,
      run: async ({ args }) => read(null, args),
    }),
  ]
}

function describe({ server, from, to, step_seconds, rows }: SamplesJson): string {
  const seen = rows.filter(([, samples]) => (samples ?? 0) > 0).length
  const whose = server === null ? 'the machine' : `"${server}"`
  return `Samples of ${whose} from ${from} to ${to}: ${seen} of ${rows.length} steps of ${step_seconds} s were seen`
}
