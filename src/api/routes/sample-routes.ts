import type { ApiDeps } from '../api-deps.ts'
import { renderSamples } from '../render-samples.ts'
import { defineRoute, type Route } from '../route.ts'
import { sampleQuerySchema, samplesSchema } from '../schema/samples.ts'

/** What was measured over time. */
export function buildSampleRoutes({ hosting }: ApiDeps): Route[] {
  const define = (path: string, summary: string) =>
    defineRoute({
      method: 'GET',
      path,
      needs: 'servers:read',
      summary,
      query: sampleQuerySchema,
      response: samplesSchema,
      async handle({ params, query, reply }) {
        const name = params['name'] ?? null
        const { from = null, to = null, seconds, step, columns } = query
        const range = await hosting.getSamples(name, {
          from,
          to,
          seconds,
          step: step === 'auto' ? null : step,
        })
        return reply(renderSamples(name, range, columns?.split(',') ?? null))
      },
    })
  return [
    define('/api/v1/servers/:name/samples', 'What a server took over time: CPU, memory, calls and more'),
    define('/api/v1/samples', 'The same of the machine, and of all servers together'),
  ]
}
