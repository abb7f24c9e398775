/** Signing in over the issuer (OpenID Connect, authorization code with PKCE): who somebody is, by the issuer's word. */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  ClientSecretPost,
  clockTolerance,
  Configuration,
  customFetch,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  type ClientAuth,
  type CustomFetch,
  type ServerMetadata,
} from 'openid-client'
import type { Clock } from '../../domain/clock.ts'
import { AppError } from '../../domain/error.ts'
import type { Role } from '../../domain/role.ts'
import type { Logger } from '../../system/log.ts'
import type { Identity } from '../ports.ts'
import { unavailable, type Issuer, type IssuerMetadata } from './issuer.ts'
import { decideRole, type Claims } from './map-claims.ts'
import { createPendingLogins } from './pending-logins.ts'
import type { OAuthSettings } from './settings.ts'

export type Login = {
  readonly identity: Identity
  /** As the issuer calls the person; nothing to rely on. */
  readonly name: string
  readonly role: Role
  readonly returnTo: string
}

export interface OidcLogin {
  /** Where the browser goes, and the cookie that binds it. Throws `issuer_unavailable`. */
  begin(
    from: { readonly base: string; readonly returnTo: string },
    cookieHeader: string | undefined,
  ): Promise<{ readonly location: string; readonly cookie: string }>
  /**
   * What the browser brings back, once. `claim` throws `login_refused` for whatever the issuer does not vouch for, and
   * for people whom no role is mapped to.
   * Throws `login_refused` at once for a state that this browser did not begin with.
   */
  receive(
    from: { readonly base: string; readonly query: URLSearchParams },
    cookieHeader: string | undefined,
  ): { claim(): Promise<Login> }
}

const TIMEOUT_SECONDS = 10

/** Null when nobody may sign in over the issuer. */
export function createOidcLogin(deps: {
  readonly settings: OAuthSettings
  readonly issuer: Issuer
  readonly clock: Clock
  readonly logger: Logger
}): OidcLogin | null {
  const { settings, issuer, clock, logger } = deps
  const { client, login } = settings
  if (client === null || login === null) return null
  const logins = createPendingLogins(clock)

  const configure = async () => {
    const metadata = await issuer.read()
    const configuration = new Configuration(
      metadata as ServerMetadata,
      client.id,
      { [clockTolerance]: settings.clockToleranceSeconds },
      chooseAuthentication(metadata, client.secret?.reveal() ?? null),
    )
    configuration.timeout = TIMEOUT_SECONDS
    configuration[customFetch] = issuer.fetch as CustomFetch
    // The signature of the ID token too, not only the connection that it came over.
    enableNonRepudiationChecks(configuration)
    // Which places may be without TLS was decided when the metadata was read.
    allowInsecureRequests(configuration)
    return configuration
  }

  const readClaims = async (configuration: Configuration, url: URL, checks: LoginChecks): Promise<Claims> => {
    const tokens = await authorizationCodeGrant(configuration, url, { ...checks, idTokenExpected: true })
    const claims = tokens.claims()
    if (claims === undefined) throw new Error('there is no ID token')
    const hasRole = decideRole(claims, settings.mapping) !== null
    if (hasRole || configuration.serverMetadata().userinfo_endpoint === undefined) return claims
    return { ...(await fetchUserInfo(configuration, tokens.access_token, claims.sub)), ...claims }
  }

  return {
    async begin({ base, returnTo }, cookieHeader) {
      const configuration = await configure()
      if (configuration.serverMetadata().authorization_endpoint === undefined) {
        throw unavailable('has no page to sign in')
      }
      const verifier = randomPKCECodeVerifier()
      const nonce = randomNonce()
      const { state, cookie } = logins.begin({ nonce, verifier, returnTo }, cookieHeader)
      const location = buildAuthorizationUrl(configuration, {
        redirect_uri: redirectOf(base),
        scope: login.scopes.join(' '),
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      return { location: location.href, cookie }
    },
    receive({ base, query }, cookieHeader) {
      const [state = '', ...others] = query.getAll('state')
      const begun = others.length > 0 ? null : logins.take(state, cookieHeader)
      if (begun === null) {
        throw new AppError('login_refused', 'This sign-in was not begun in this browser, or is over.')
      }
      return {
        async claim() {
          const configuration = await configure()
          const checks = {
            pkceCodeVerifier: begun.verifier,
            expectedState: state,
            expectedNonce: begun.nonce,
          }
          const url = new URL(`${redirectOf(base)}?${query.toString()}`)
          const claims = await readClaims(configuration, url, checks).catch((err: unknown) => {
            // The reason may hold a stranger's text: for the log, not for the page.
            logger.error('a sign-in over the issuer failed', { err })
            throw new AppError('login_refused', 'The issuer did not vouch for this sign-in.', { cause: err })
          })
          const role = decideRole(claims, settings.mapping)
          if (role === null) {
            throw new AppError('login_refused', 'You are known to the issuer, but have no role here.')
          }
          const subject = String(claims['sub'])
          const identity = { issuer: settings.issuer, subject }
          return { identity, name: chooseName(claims), role, returnTo: begun.returnTo }
        },
      }
    },
  }
}

type LoginChecks = {
  readonly pkceCodeVerifier: string
  readonly expectedState: string
  readonly expectedNonce: string
}

/** The one address that the issuer has to know, to the letter. */
function redirectOf(base: string): string {
  return `${base}/auth/callback`
}

function chooseAuthentication(metadata: IssuerMetadata, secret: string | null): ClientAuth {
  if (secret === null) return None()
  const methods = metadata['token_endpoint_auth_methods_supported']
  const takesBasic = !Array.isArray(methods) || methods.includes('client_secret_basic')
  return takesBasic ? ClientSecretBasic(secret) : ClientSecretPost(secret)
}

function chooseName(claims: Claims): string {
  const found = [claims['preferred_username'], claims['email'], claims['name'], claims['sub']].find(
    (value) => typeof value === 'string' && value !== '',
  )
  return String(found)
}
