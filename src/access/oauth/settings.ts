import type { Role } from '../../domain/role.ts'
import type { Secret } from '../../domain/secret.ts'

/** An external issuer of identities and tokens, as the operator described it. */
export type OAuthSettings = {
  /** As in its metadata, character for character. */
  readonly issuer: string
  /** Counts at every endpoint besides the endpoint's own URL; null: only that. */
  readonly audience: string | null
  readonly algorithms: readonly string[]
  readonly mapping: ClaimMapping
  readonly clockToleranceSeconds: number
  readonly keysCooldownSeconds: number
  readonly introspection: 'off' | 'opaque' | 'always'
  readonly introspectionCacheSeconds: number
  /** Further `host:port` of the issuer that are private. */
  readonly places: readonly string[]
  readonly client: { readonly id: string; readonly secret: Secret | null } | null
  /** Null: nobody signs in over this issuer. */
  readonly login: { readonly scopes: readonly string[] } | null
}

/** From the issuer's words to ours. */
export type ClaimMapping = {
  readonly scopes: Readonly<Record<string, readonly string[]>>
  /** Names inside names, separated by dots: `realm_access.roles`. */
  readonly roleClaim: string
  readonly roles: Readonly<Record<string, Role>>
}
