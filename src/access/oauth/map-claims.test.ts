import { describe, expect, it } from 'vitest'
import { decideGrants, findScopeFor } from './map-claims.ts'

const mapping = {
  scopes: { 'use-it': ['mcp:call'], boss: ['admin'] },
  roleClaim: 'realm_access.roles',
  roles: { staff: 'viewer', chief: 'deployer' },
} as const

describe('decideGrants', () => {
  it('takes mapped scopes and those of the same name, and drops the rest', () => {
    expect(decideGrants({ scope: 'use-it servers:read nonsense openid' }, mapping)).toEqual([
      'mcp:call',
      'servers:read',
    ])
    expect(decideGrants({ scp: ['mcp:call:weather:add'] }, mapping)).toEqual(['mcp:call:weather:add'])
  })

  it('gives admin only where it is mapped', () => {
    expect(decideGrants({ scope: 'admin' }, mapping)).toEqual([])
    expect(decideGrants({ scope: 'boss' }, mapping)).toEqual(['admin'])
  })

  it('looks at roles only where there are no scopes, and takes the highest', () => {
    const roles = { realm_access: { roles: ['staff', 'chief', 'other'] } }
    expect(decideGrants({ ...roles, scope: '' }, mapping)).toEqual([])
    expect(decideGrants({ ...roles, scope: 'servers:read' }, mapping)).toEqual(['servers:read'])
    expect(decideGrants(roles, mapping)).toContain('servers:deploy')
    expect(decideGrants({ realm_access: { roles: 'staff' } }, mapping)).toContain('logs:read')
  })

  it('is not fooled by names that every object has', () => {
    expect(decideGrants({ scope: 'constructor __proto__ toString' }, mapping)).toEqual([])
    expect(decideGrants({ realm_access: { roles: ['constructor'] } }, mapping)).toEqual([])
    expect(decideGrants({ realm_access: null }, mapping)).toEqual([])
  })
})

describe('findScopeFor', () => {
  it('is the issuer’s scope that covers the grant, else the grant’s own name', () => {
    expect(findScopeFor('mcp:call:weather', mapping)).toBe('use-it')
    expect(findScopeFor('servers:read', mapping)).toBe('servers:read')
  })
})
