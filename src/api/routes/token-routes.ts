import type { TokenRecord } from '../../access/ports.ts'
import type { ApiDeps } from '../api-deps.ts'
import { defineRoute, type Route } from '../route.ts'
import { renderTime, renderTimeOrNull } from '../schema/common.ts'
import {
  tokenCreatedSchema,
  tokenListSchema,
  tokenRequestSchema,
  tokenRevokedSchema,
  type TokenJson,
} from '../schema/token.ts'

export function buildTokenRoutes({ access }: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/v1/tokens',
      needs: 'admin',
      summary: 'API tokens, without their secrets',
      response: tokenListSchema,
      handle: async ({ reply }) => reply({ items: access.listTokens().map(renderToken) }),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/v1/tokens',
      needs: 'admin',
      auditDetails: ({ body }) => ({ name: body.name, scopes: body.scopes }),
      summary: 'Make an API token; its text is shown in this answer only',
      body: tokenRequestSchema,
      status: 201,
      response: tokenCreatedSchema,
      async handle({ body, principal, reply }) {
        const { record, text } = await access.createToken(
          { name: body.name, grants: body.scopes, expiresInDays: body.expires_in_days },
          principal,
        )
        return reply({ ...renderToken(record), token: text })
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/v1/tokens/:id',
      needs: 'admin',
      action: 'token.revoke',
      summary: 'Revoke a token; its open streams end too',
      response: tokenRevokedSchema,
      async handle({ params, principal, reply }) {
        await access.revokeToken(params['id']!, principal)
        return reply({ id: params['id']!, revoked: true })
      },
    }),
  ]
}

function renderToken(record: TokenRecord): TokenJson {
  return {
    id: record.id,
    name: record.name,
    scopes: [...record.grants],
    created_at: renderTime(record.createdAt),
    created_by: record.createdBy,
    expires_at: renderTimeOrNull(record.expiresAt),
    last_used_at: renderTimeOrNull(record.lastUsedAt),
  }
}
