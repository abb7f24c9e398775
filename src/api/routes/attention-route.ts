import type { ApiDeps } from '../api-deps.ts'
import { createAttentionReader } from '../read-attention.ts'
import { defineRoute, type Route } from '../route.ts'
import { attentionSchema } from '../schema/attention.ts'

export function buildAttentionRoute(deps: ApiDeps): Route {
  const read = createAttentionReader(deps)
  return defineRoute({
    method: 'GET',
    path: '/api/v1/attention',
    needs: 'servers:read',
    summary: 'What needs somebody, the urgent first, each with the one thing to do about it',
    response: attentionSchema,
    handle: async ({ principal, reply }) => reply(await read(principal)),
  })
}
