import { renderChanges } from '../../hosting/describe-changes.ts'
import type { ApiDeps } from '../api-deps.ts'
import { renderUser } from '../render-people.ts'
import { defineRoute, type Route } from '../route.ts'
import {
  userListSchema,
  userPatchSchema,
  userRemovedSchema,
  userRequestSchema,
  userSchema,
} from '../schema/people.ts'

/** People's accounts, for administrators. */
export function buildUserRoutes({ access: { accounts } }: ApiDeps): Route[] {
  const path = '/api/v1/users/:name'
  return [
    defineRoute({
      method: 'GET',
      path: '/api/v1/users',
      needs: 'admin',
      summary: 'People’s accounts',
      response: userListSchema,
      handle: async ({ reply }) => reply({ items: accounts.list().map(renderUser) }),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/v1/users',
      needs: 'admin',
      summary: 'Make an account',
      auditDetails: ({ body: { name, role } }) => ({ name, role }),
      body: userRequestSchema,
      status: 201,
      response: userSchema,
      handle: async ({ body, principal, reply }) =>
        reply(renderUser(await accounts.create(body, principal.id))),
    }),
    defineRoute({
      method: 'PATCH',
      path,
      needs: 'admin',
      summary: 'Set the role or the password of an account; its sessions end',
      auditDetails: ({ body: { role } }) => ({ changed: role === undefined ? 'password' : `role: ${role}` }),
      body: userPatchSchema,
      response: userSchema,
      async handle({ params, body: { role, password }, principal, reply, tell }) {
        const name = params['name']!
        const { role: before } = accounts.get(name)
        if (password !== undefined) await accounts.setPassword(name, password, principal.id)
        if (role !== undefined) await accounts.setRole(name, role, principal.id)
        const after = accounts.get(name)
        tell(
          renderChanges([
            ...(after.role === before ? [] : [{ field: 'role', before, after: after.role }]),
            ...(password === undefined ? [] : [{ field: 'password', change: 'changed' as const }]),
          ]),
        )
        return reply(renderUser(after))
      },
    }),
    defineRoute({
      method: 'DELETE',
      path,
      needs: 'admin',
      summary: 'Remove an account; its sessions end',
      response: userRemovedSchema,
      async handle({ params, principal, reply }) {
        const { id, name } = await accounts.remove(params['name']!, principal.id)
        return reply({ id, name, removed: true })
      },
    }),
  ]
}
