import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { createAdviceRenderer, parseOptimizeRequest, runOptimization } from '../render-recommendation.ts'
import { assertMayApply } from '../routes/recommendation-routes.ts'
import {
  optimizationSchema,
  optimizeFields,
  recommendationListSchema,
  recommendationQuerySchema,
  recommendationSchema,
  type OptimizationJson,
  type RecommendationJson,
} from '../schema/recommendation.ts'
import { resolveServer, serverInput } from './server-input.ts'
import { CHANGES, defineTool, READS, type ManagementTool } from './tool.ts'

/** Advice on settings of servers, and what is done with it. */
export function buildRecommendationTools(deps: ApiDeps): ManagementTool[] {
  const { hosting } = deps
  const named = z.strictObject({ recommendation_id: z.string().min(1).max(64) })
  return [
    defineTool({
      name: 'optimize_server_resources',
      title: 'Recommend resource limits',
      description:
        'What was measured says which settings of one server or of all should change, with its evidence, how sure it is, ' +
        'and what the past would have been; it says so when that is too little. With apply what is sure is set at once, ' +
        'watched, and taken back by itself when the server gets worse.',
      needs: 'servers:read',
      action: 'server.optimize',
      input: serverInput.extend(optimizeFields),
      output: optimizationSchema,
      annotations: CHANGES,
      async run({ args, principal }) {
        assertMayApply(principal, args.apply)
        const isOne = args.server_id !== undefined || args.name !== undefined
        const name = isOne ? await resolveServer(hosting, args) : null
        const data = await runOptimization(deps, parseOptimizeRequest(name, args), principal)
        return { text: describe(data), data }
      },
    }),
    defineTool({
      name: 'list_recommendations',
      title: 'Recommendations and what became of them',
      description: 'Recommendations that were made, newest first. Looks at no server anew.',
      needs: 'servers:read',
      input: recommendationQuerySchema,
      output: recommendationListSchema,
      annotations: READS,
      async run({ args }) {
        const found = await hosting.listRecommendations({
          limit: args.limit,
          ...(args.server === undefined ? {} : { name: args.server }),
          ...(args.state === undefined ? {} : { state: args.state }),
        })
        const render = createAdviceRenderer(deps)
        const items = await Promise.all(found.map(({ server, item }) => render(server.name, item)))
        return {
          text: [`${items.length} recommendations`, ...items.map(describeOne)].join('\n'),
          data: { items },
        }
      },
    }),
    ...(['apply', 'dismiss'] as const).map((verb) =>
      defineTool({
        name: `${verb}_recommendation`,
        title: verb === 'apply' ? 'Apply a recommendation' : 'Turn a recommendation down',
        description:
          verb === 'apply'
            ? 'Sets what is recommended. It is watched, and taken back by itself when the server gets worse.'
            : 'It is closed, and nothing of the kind is proposed for this server for a week.',
        needs: 'servers:write',
        action: `recommendation.${verb}`,
        input: named,
        output: recommendationSchema,
        annotations: CHANGES,
        async run({ args, principal }) {
          const id = args.recommendation_id
          const { server, item } = await (verb === 'apply'
            ? hosting.applyRecommendation(id, principal)
            : hosting.dismissRecommendation(id, principal))
          const data = await createAdviceRenderer(deps)(server.name, item)
          return { text: describeOne(data), data }
        },
      }),
    ),
  ]
}

function describe({ analyzed, recommendations, skipped, growth, insights }: OptimizationJson): string {
  return [
    `Server Optimization: ${analyzed} analyzed`,
    ...recommendations.map(describeOne),
    ...growth.map(({ server, text }) => `- ${server}: ${text}`),
    ...insights.map(({ text }) => `- all servers: ${text}`),
    ...skipped.map(({ server, resource, why }) => `- ${server} ${resource}: nothing proposed (${why})`),
  ].join('\n')
}

function describeOne(item: RecommendationJson): string {
  const { server, resource, current, proposed, confidence, because, state, application, not_applied } = item
  const done =
    application === null
      ? state
      : `${state}, set to ${application.after}${application.in_place ? ' at once' : ' from the next start on'}`
  const why = because.map(({ text }) => text).join('; ')
  const not = not_applied === null ? '' : `; not applied: ${not_applied}`
  const { model, text } = item.explanation
  const said = model === null ? '' : `; ${model.name} on top of the rules: ${text}`
  return `- ${item.id} ${server} ${resource}: ${current} → ${proposed} (${done}); confidence ${confidence.value}; ${why}${not}${said}`
}
