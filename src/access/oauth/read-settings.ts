/** The operator's words as settings, checked as a whole: what cannot work is said at the start, not at the first login. */
import { readFile, stat } from 'node:fs/promises'
import { AppError } from '../../domain/error.ts'
import { isGrant } from '../../domain/principal.ts'
import type { Role } from '../../domain/role.ts'
import { Secret } from '../../domain/secret.ts'
import type { OAuthSettings } from './settings.ts'

/** The section security.oauth of the configuration. */
export type OAuthConfig = {
  readonly issuer: string | null
  readonly audience: string | null
  readonly algorithms: readonly string[]
  readonly scopes: Readonly<Record<string, readonly string[]>>
  readonly role_claim: string
  readonly roles: Readonly<Record<string, Role>>
  readonly clock_tolerance: number
  readonly keys_cooldown: number
  readonly introspection: 'off' | 'opaque' | 'always'
  readonly introspection_cache: number
  readonly places: readonly string[]
  readonly client_id: string | null
  readonly client_secret_file: string | null
  readonly login: boolean
  readonly login_scopes: readonly string[]
}

/** Null when no issuer is configured. Throws AppError `invalid_platform_config`. */
export async function readOAuthSettings(config: OAuthConfig): Promise<OAuthSettings | null> {
  const { issuer, client_id, client_secret_file } = config
  if (issuer === null) {
    if (config.login) throw invalid('login', 'needs an issuer')
    return null
  }
  assertIssuer(issuer)
  for (const [scope, grants] of Object.entries(config.scopes)) {
    const wrong = grants.find((grant) => !isGrant(grant))
    if (wrong !== undefined) throw invalid(`scopes.${scope}`, `"${wrong}" is no scope of this platform`)
  }
  if (config.login && client_id === null) throw invalid('login', 'needs a client_id')
  if (config.introspection !== 'off' && (client_id === null || client_secret_file === null)) {
    throw invalid('introspection', 'needs a client_id and a client_secret_file')
  }
  const secret = client_secret_file === null ? null : await readSecret(client_secret_file)
  return {
    issuer,
    audience: config.audience,
    algorithms: config.algorithms,
    mapping: { scopes: config.scopes, roleClaim: config.role_claim, roles: config.roles },
    clockToleranceSeconds: config.clock_tolerance,
    keysCooldownSeconds: config.keys_cooldown,
    introspection: config.introspection,
    introspectionCacheSeconds: config.introspection_cache,
    places: config.places,
    client: client_id === null ? null : { id: client_id, secret },
    login: config.login ? { scopes: config.login_scopes } : null,
  }
}

/** RFC 8414 §2, but for plain http: on this machine or a network that the operator answers for. */
function assertIssuer(issuer: string): void {
  const url = URL.parse(issuer)
  const isFine =
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.search === '' &&
    url.hash === '' &&
    url.username === ''
  if (!isFine) throw invalid('issuer', 'is not an https URL without query and fragment')
}

async function readSecret(path: string): Promise<Secret> {
  const { mode } = await stat(path).catch((cause: unknown) => {
    throw invalid('client_secret_file', `${path} cannot be read`, cause)
  })
  if ((mode & 0o077) !== 0) {
    throw invalid('client_secret_file', `${path} is open to others; use chmod 600`)
  }
  const text = (await readFile(path, 'utf8')).trim()
  if (text === '') throw invalid('client_secret_file', `${path} is empty`)
  return new Secret(text)
}

function invalid(key: string, why: string, cause?: unknown): AppError {
  return new AppError('invalid_platform_config', `mcp_hosting.security.oauth.${key}: ${why}.`, { cause })
}
