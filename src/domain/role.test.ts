import { expect, it } from 'vitest'
import { isAllowed, SCOPES, type Scope } from './principal.ts'
import { grantsOf, ROLES } from './role.ts'

it('gives each role these scopes', () => {
  const scopesOf = (role: (typeof ROLES)[number]) => {
    const principal = { id: 'user:usr_x', kind: 'user' as const, name: 'x', grants: grantsOf(role) }
    return SCOPES.filter((scope: Scope) => isAllowed(principal, scope)).join(' ')
  }
  expect(Object.fromEntries(ROLES.map((role) => [role, scopesOf(role)]))).toEqual({
    viewer: 'servers:read logs:read memory:read metrics:read',
    operator: 'servers:read servers:write logs:read memory:read metrics:read mcp:call',
    deployer:
      'servers:read servers:write servers:deploy servers:delete logs:read secrets:write memory:read memory:write metrics:read mcp:call',
    admin:
      'servers:read servers:write servers:deploy servers:delete logs:read secrets:write memory:read memory:write metrics:read admin mcp:call',
  })
})
