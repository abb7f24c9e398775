import { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import { SERVER_NAME } from '../../domain/id.ts'
import { isAllowed, type Principal } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import { readUpload, UPLOAD_TYPES } from '../read-upload.ts'
import { renderOperation } from '../render-operation.ts'
import { defineRoute } from '../route.ts'
import { reasonSchema } from '../schema/finding.ts'
import { operationSchema } from '../schema/operation.ts'

export function buildDeployRoute(deps: ApiDeps) {
  const { hosting } = deps
  return defineRoute({
    method: 'POST',
    path: '/api/v1/servers',
    needs: 'servers:deploy',
    counts: 'uploads',
    action: 'server.deploy',
    auditDetails: ({ query }) => ({
      name: query.name ?? null,
      start: query.start === 'true',
      approve: query.approve ?? null,
    }),
    summary: 'Deploy an archive: a new server, or a new version of the one that has this name',
    query: z.strictObject({
      name: z.string().regex(SERVER_NAME).optional().describe('Absent: the config or the archive names it'),
      start: z.enum(['true', 'false']).default('true').describe('false: install only'),
      approve: reasonSchema
        .optional()
        .describe('Needs admin: why a version whose scan asks for a review may start'),
    }),
    accepts: UPLOAD_TYPES,
    status: 202,
    response: operationSchema,
    async handle({ request, query, principal, assertCurrent, reply }) {
      if (query.approve !== undefined) assertMayApprove(principal)
      const { archive, config, secrets } = await readUpload(deps, request, principal)
      try {
        assertCurrent()
      } catch (error) {
        await hosting.discard(archive)
        throw error
      }
      const name = query.name ?? (typeof config['name'] === 'string' ? config['name'] : null)
      const operation = await hosting.deploy(
        { archive, name, config, secrets, via: 'api', start: query.start === 'true', approve: query.approve },
        principal,
      )
      return reply(await renderOperation(deps, operation), { location: `/api/v1/operations/${operation.id}` })
    },
  })
}

function assertMayApprove(principal: Principal): void {
  if (isAllowed(principal, 'admin')) return
  throw new AppError('forbidden', 'Approving needs the scope admin.', { details: { scope: 'admin' } })
}
