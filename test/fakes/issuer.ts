/**
 * A real authorization server (the package oidc-provider) on loopback. People sign in and agree by script: who they are
 * is set before. Single documents can be replaced, to be an issuer that went wrong.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTHeaderParameters } from 'jose'
import { Provider } from 'oidc-provider'

export const CLIENT = { id: 'mcp-client', redirect: 'http://127.0.0.1:7777/callback' }
/** The platform itself: signs people in and asks about tokens. */
export const PLATFORM = { id: 'haivemind', secret: 'a-secret-of-the-platform' }

type Key = {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
  readonly jwk: JWK
}
type Person = { readonly id: string; readonly claims: Readonly<Record<string, unknown>> }

export type Issuer = {
  readonly url: string
  /** `host:port`. */
  readonly place: string
  /** Where the platform wants people back who signed in; read at the first request. */
  redirect: string
  /** Who signs in next. */
  person: Person
  /** Paths answered otherwise. */
  readonly replaced: Map<string, RequestListener>
  /** Requests for each path so far. */
  readonly asked: Map<string, number>
  /** As it publishes them; the first one signs. */
  readonly keys: Key[]
  /** `opaque` from now on, or JWT. */
  format: 'jwt' | 'opaque'
  /** A JWT by the first key, with whatever claims and header. */
  sign(claims: Readonly<Record<string, unknown>>, header?: Partial<JWTHeaderParameters>): Promise<string>
  /** By the client's own credentials: an access token for a resource. */
  requestToken(resource: string, scope: string): Promise<string>
  revoke(token: string): Promise<void>
  close(): Promise<void>
}

export async function createKey(kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const more = { kid, alg: 'RS256', use: 'sig' }
  return {
    kid,
    privateKey,
    jwk: { ...(await exportJWK(privateKey)), ...more },
    publicJwk: { ...(await exportJWK(publicKey)), ...more },
  }
}

export async function startIssuer(): Promise<Issuer> {
  let serve: RequestListener | null = null
  const handle: RequestListener = (req, res) => (serve ??= createProvider(issuer))(req, res)
  const replaced = new Map<string, RequestListener>()
  const asked = new Map<string, number>()
  const server = createServer((req, res) => {
    const { pathname } = new URL(req.url ?? '/', 'http://x')
    asked.set(pathname, (asked.get(pathname) ?? 0) + 1)
    const instead = replaced.get(pathname) ?? handle
    instead(req, res)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const place = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = `http://${place}`
  const keys = [await createKey('first')]
  replaced.set('/jwks', (_, res) => {
    res.setHeader('content-type', 'application/jwk-set+json')
    res.end(JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) }))
  })
  const issuer: Issuer = {
    url,
    place,
    redirect: 'http://127.0.0.1:1/auth/callback',
    person: { id: 'nobody', claims: {} },
    replaced,
    asked,
    keys,
    format: 'jwt',
    sign: (claims, header = {}) =>
      new SignJWT({ iss: url, sub: 'somebody', ...claims })
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: keys[0]!.kid, ...header })
        .setIssuedAt()
        .sign(keys[0]!.privateKey),
    async requestToken(resource, scope) {
      const answer = await post('/token', { grant_type: 'client_credentials', resource, scope })
      return ((await answer.json()) as { access_token: string }).access_token
    },
    async revoke(token) {
      await post('/token/revocation', { token })
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  async function post(path: string, body: Readonly<Record<string, string>>): Promise<Response> {
    const basic = Buffer.from(`${PLATFORM.id}:${PLATFORM.secret}`).toString('base64')
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams(body),
    })
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
    return answer
  }
  return issuer
}

function createProvider(issuer: Issuer): RequestListener {
  const provider = new Provider(issuer.url, {
    clients: [
      {
        client_id: CLIENT.id,
        redirect_uris: [CLIENT.redirect],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        application_type: 'native',
      },
      {
        client_id: PLATFORM.id,
        client_secret: PLATFORM.secret,
        redirect_uris: [issuer.redirect],
        grant_types: ['authorization_code', 'client_credentials'],
        application_type: 'native',
      },
    ],
    jwks: { keys: issuer.keys.map(({ jwk }) => jwk) },
    claims: { openid: ['sub'], profile: ['preferred_username', 'roles'], email: ['email'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['a key for the test'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_: unknown, resource: string) => ({
          scope: 'mcp:call mcp:call:tools servers:read servers:write use-it',
          audience: resource,
          accessTokenFormat: issuer.format,
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    interactions: { url: (_: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, ...issuer.person.claims }),
    }),
    pkce: { required: () => true },
    ttl: {
      Interaction: 600,
      Session: 600,
      Grant: 600,
      AccessToken: 600,
      IdToken: 600,
      ClientCredentials: 600,
    },
  })
  const serve = provider.callback()
  return (req, res) => {
    if (!req.url?.startsWith('/interaction/')) return serve(req, res)
    finish(provider, issuer, req, res).catch((error: unknown) => res.writeHead(500).end(String(error)))
  }
}

/** Signs the person in and agrees to all that is asked for, in one step. */
async function finish(
  provider: Provider,
  { person }: Issuer,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { params } = await provider.interactionDetails(req, res)
  const grant = new provider.Grant({ accountId: person.id, clientId: params['client_id'] ?? '' })
  const scope = params['scope'] ?? 'openid'
  grant.addOIDCScope(scope)
  if (params['resource'] !== undefined) grant.addResourceScope(params['resource'], scope)
  const grantId = await grant.save()
  await provider.interactionFinished(req, res, { login: { accountId: person.id }, consent: { grantId } })
}
