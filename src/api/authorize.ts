/** Who asks, whether this route is for them, and whether a browser was tricked into asking. */
import type { Caller } from '../access/open-access.ts'
import { AppError } from '../domain/error.ts'
import { isAllowed, maySee, mayCall, type Principal } from '../domain/principal.ts'
import type { ApiDeps } from './api-deps.ts'
import { endpointOf } from './endpoint-of.ts'
import type { Route } from './route.ts'

/** Before somebody is known. */
export const NOBODY: Principal = { id: 'nobody', kind: 'platform', name: 'nobody', grants: [] }

type Params = Readonly<Record<string, string>>

export async function authorize(
  { access, limits }: Pick<ApiDeps, 'access' | 'limits'>,
  route: Route,
  request: Request,
  params: Params,
): Promise<Caller> {
  const { needs } = route
  if (needs === 'public') {
    if (route.isUncounted !== true) limits.count('api', request, null)
    assertNotCrossSite(route, request)
    return { principal: NOBODY, session: null }
  }
  const caller = await access.authenticateRequest({
    authorization: request.headers.get('authorization') ?? undefined,
    cookie: request.headers.get('cookie') ?? undefined,
    at: endpointOf(request),
  })
  limits.count('api', request, caller?.principal ?? null)
  if (caller === null) throw new AppError('unauthenticated', 'This needs a valid token or session.')
  if (caller.session !== null) {
    assertNotCrossSite(route, request)
    assertAsked(route, request)
  }
  if (needs === 'authenticated') return caller
  const name = params['name'] ?? ''
  const isFine = needs === 'mcp:call' ? mayCall(caller.principal, name) : isAllowed(caller.principal, needs)
  if (!isFine && needs === 'mcp:call' && !maySee(caller.principal, name)) throw buildUnseen(name)
  if (!isFine) {
    // The narrow scope is enough, so it is the one to ask for.
    const scope = needs === 'mcp:call' ? `mcp:call:${name}` : needs
    throw new AppError('forbidden', `The scope ${scope} is missing.`, { details: { scope } })
  }
  return caller
}

/** For whatever happened while a body came: throws `unauthenticated` when the token or the session ended meanwhile. */
export function assertCurrent({ access }: Pick<ApiDeps, 'access'>, caller: Caller): void {
  if (access.isCurrent(caller)) return
  throw new AppError('unauthenticated', 'The token or the session ended while the request came.')
}

/** In the words for a server that is not there. */
export function buildUnseen(server: string): AppError {
  return new AppError('server_not_found', `There is no server "${server}".`)
}

/**
 * A browser says where a request comes from (Fetch Metadata; Origin on every POST). What it does not say is let
 * through here: other programs say neither, and no page can leave out what its browser adds.
 */
function assertNotCrossSite({ method }: Route, { headers }: Request): void {
  if (method === 'GET') return
  const site = headers.get('sec-fetch-site')
  const origin = headers.get('origin')
  const isOurs =
    (site === null || site === 'same-origin' || site === 'none') &&
    // The Host was checked already: an origin of that host is our own, whatever carries its TLS.
    (origin === null || (URL.canParse(origin) && new URL(origin).host === headers.get('host')))
  if (!isOurs) {
    throw new AppError('cross_site_refused', 'A page of another origin may not change anything here.')
  }
}

/** No form and no link can set a header; a script of another origin would need a permission that is never given. */
function assertAsked({ method }: Route, { headers }: Request): void {
  if (method === 'GET' || headers.get('x-haivemind-csrf') === '1') return
  throw new AppError('cross_site_refused', 'A change by cookie needs the header X-Haivemind-CSRF: 1.')
}
