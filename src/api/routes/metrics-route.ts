import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { defineRoute, type Route } from '../route.ts'

/** For Prometheus and whatever reads its formats; not below /api/v1, since that is where such programs look. */
export function buildMetricsRoute({ metrics }: ApiDeps): Route {
  return defineRoute({
    method: 'GET',
    path: '/metrics',
    needs: metrics.isPublic ? 'public' : 'metrics:read',
    summary: 'All [metrics](metrics.md), as Prometheus text, or OpenMetrics where it is accepted',
    response: z.string(),
    answers: 'text/plain',
    async handle({ request }) {
      const { contentType, body } = await metrics.read(request.headers.get('accept') ?? '')
      return new Response(body, { headers: { 'content-type': contentType } })
    },
  })
}
