import { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import { isAllowed, type Principal } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import { createAdviceRenderer, parseOptimizeRequest, runOptimization } from '../render-recommendation.ts'
import { defineRoute, type Route } from '../route.ts'
import {
  optimizationSchema,
  optimizeSchema,
  recommendationListSchema,
  recommendationQuerySchema,
  recommendationSchema,
} from '../schema/recommendation.ts'

const PATH = '/api/v1/recommendations'

export function buildRecommendationRoutes(deps: ApiDeps): Route[] {
  const { hosting } = deps
  return [
    defineRoute({
      method: 'POST',
      path: '/api/v1/optimize',
      needs: 'servers:read',
      action: 'server.optimize',
      summary: 'Look at one server or at all, and say which settings should change; with apply, change them',
      auditDetails: ({ body }) => ({ apply: body.apply }),
      body: optimizeSchema,
      response: optimizationSchema,
      async handle({ body, principal, reply }) {
        assertMayApply(principal, body.apply)
        const request = parseOptimizeRequest(body.server ?? null, body)
        return reply(await runOptimization(deps, request, principal))
      },
    }),
    defineRoute({
      method: 'GET',
      path: PATH,
      needs: 'servers:read',
      summary: 'Recommendations that were made, newest first, and what became of them',
      query: recommendationQuerySchema,
      response: recommendationListSchema,
      async handle({ query, reply }) {
        const found = await hosting.listRecommendations({
          limit: query.limit,
          ...(query.server === undefined ? {} : { name: query.server }),
          ...(query.state === undefined ? {} : { state: query.state }),
        })
        const render = createAdviceRenderer(deps)
        const items = await Promise.all(found.map(({ server, item }) => render(server.name, item)))
        return reply({ items })
      },
    }),
    ...(['apply', 'dismiss'] as const).map((verb) =>
      defineRoute({
        method: 'POST',
        path: `${PATH}/:id/${verb}`,
        needs: 'servers:write',
        summary:
          verb === 'apply'
            ? 'Set what is recommended; what gets worse within its window takes it back'
            : 'Turn it down; nothing of the kind is proposed for a week',
        body: z.strictObject({}),
        response: recommendationSchema,
        async handle({ params, principal, reply }) {
          const id = params['id'] ?? ''
          const { server, item } = await (verb === 'apply'
            ? hosting.applyRecommendation(id, principal)
            : hosting.dismissRecommendation(id, principal))
          return reply(await createAdviceRenderer(deps)(server.name, item))
        },
      }),
    ),
  ]
}

export function assertMayApply(principal: Principal, apply: boolean): void {
  if (apply && !isAllowed(principal, 'servers:write')) {
    throw new AppError('forbidden', 'The token lacks the scope servers:write, which apply needs.')
  }
}
