import { z } from 'zod'
import type { SecretChange } from '../../hosting/server-secrets.ts'
import type { ApiDeps } from '../api-deps.ts'
import { parseSecret, renderSecrets } from '../render-secrets.ts'
import { defineRoute, type Route } from '../route.ts'
import {
  keyRotatedSchema,
  secretChangedSchema,
  secretListSchema,
  secretRequestSchema,
} from '../schema/secret.ts'

export function buildSecretRoutes({ hosting }: ApiDeps): Route[] {
  const path = '/api/v1/servers/:name/secrets'
  const render = ({ view, restartRequired, started }: SecretChange) => ({
    ...renderSecrets(view),
    restart_required: restartRequired,
    started,
  })
  return [
    defineRoute({
      method: 'GET',
      path,
      needs: 'servers:read',
      summary: 'The secrets of a server: names, versions and fingerprints, never a value',
      response: secretListSchema,
      handle: async ({ params, reply }) => reply(renderSecrets(await hosting.listSecrets(params['name']!))),
    }),
    defineRoute({
      method: 'POST',
      path,
      needs: 'secrets:write',
      summary: 'Set a secret; it holds from the next start on',
      action: 'secret.set',
      auditDetails: ({ body }) => ({ secret: body.name }),
      body: secretRequestSchema,
      response: secretChangedSchema,
      handle: async ({ params, body, principal, reply }) =>
        reply(render(await hosting.setSecrets(params['name']!, [parseSecret(body)], principal))),
    }),
    defineRoute({
      method: 'DELETE',
      path: `${path}/:secret`,
      needs: 'secrets:write',
      summary: 'Remove a secret; a running instance keeps it until it ends',
      action: 'secret.remove',
      response: secretChangedSchema,
      handle: async ({ params, principal, reply }) =>
        reply(render(await hosting.removeSecret(params['name']!, params['secret']!, principal))),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/v1/secrets/rotate-key',
      needs: 'admin',
      summary: 'Put all secrets under a new key; the old one opens nothing any more',
      action: 'secret.rotate_key',
      body: z.strictObject({}),
      response: keyRotatedSchema,
      async handle({ principal, reply }) {
        const { keyId, secrets } = await hosting.rotateSecretsKey(principal)
        return reply({ key_id: keyId, secrets })
      },
    }),
  ]
}
