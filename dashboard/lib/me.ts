/** Who is signed in, and what they may do. */
import { useQuery } from '@tanstack/react-query'
import type { Grant, Scope } from '../../src/domain/principal.ts'
import { grantsOf, ROLES, type Role } from '../../src/domain/role.ts'
import { api } from './api.ts'

export type Me = {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly role: Role | null
  readonly scopes: readonly string[]
}

export const ME = { queryKey: ['me'], queryFn: () => api<Me>('/me'), staleTime: 60_000, retry: false }

export function useMe(): Me | null {
  // The frame asks; before somebody is in there is nothing to ask.
  return useQuery({ ...ME, enabled: false }).data ?? null
}

export function mayDo(me: Pick<Me, 'scopes'>, scope: Scope): boolean {
  return me.scopes.includes(scope) || (scope !== 'mcp:call' && me.scopes.includes('admin'))
}

/** The least role that has it; shown where somebody may not do a thing. */
export function roleFor(scope: Scope): Role {
  return ROLES.find((role) => mayDo({ scopes: grantsOf(role) as readonly Grant[] }, scope)) ?? 'admin'
}
