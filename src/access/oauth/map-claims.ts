/** What an issuer's claims are worth here. Pure; nothing that is not mapped or known grants anything. */
import { isGrant, type Grant } from '../../domain/principal.ts'
import { grantsOf, ROLES, type Role } from '../../domain/role.ts'
import type { ClaimMapping } from './settings.ts'

export type Claims = Readonly<Record<string, unknown>>

/**
 * Scopes are what somebody agreed to for this client, so a role never widens them: it only counts in tokens that carry
 * no scopes at all, as some issuers make them for programs. `admin` is never taken by its name alone, since other
 * services of the same issuer may use that word.
 */
export function decideGrants(claims: Claims, mapping: ClaimMapping): readonly Grant[] {
  const scopes = readScopes(claims)
  if (scopes === null) {
    const role = decideRole(claims, mapping)
    return role === null ? [] : grantsOf(role)
  }
  return [...new Set(scopes.flatMap((scope) => mapScope(scope, mapping)))]
}

/** The highest that is mapped; null when none is. */
export function decideRole(claims: Claims, { roleClaim, roles }: ClaimMapping): Role | null {
  const mapped = readList(readPath(claims, roleClaim)).flatMap((name) =>
    Object.hasOwn(roles, name) ? [roles[name]] : [],
  )
  return ROLES.findLast((role) => mapped.includes(role)) ?? null
}

/** How the issuer calls what would give this grant: for challenges. */
export function findScopeFor(grant: Grant, { scopes }: ClaimMapping): string {
  const covers = (given: string) => given === grant || grant.startsWith(`${given}:`)
  const found = Object.entries(scopes).find(([, grants]) => grants.some(covers))
  return found?.[0] ?? grant
}

function mapScope(scope: string, { scopes }: ClaimMapping): readonly Grant[] {
  if (Object.hasOwn(scopes, scope)) return scopes[scope] ?? []
  return scope !== 'admin' && isGrant(scope) ? [scope] : []
}

/** `scope` as RFC 9068 has it; `scp` as some issuers do. Null when there is neither. */
function readScopes(claims: Claims): readonly string[] | null {
  const value = claims['scope'] ?? claims['scp']
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value.split(' ').filter(Boolean) : readList(value)
}

function readPath(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  let at: unknown = claims
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Claims)[key]
  }
  return at
}

function readList(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value]
  return list.filter((item): item is string => typeof item === 'string')
}
