/** Signing in over an external issuer: a browser goes there and comes back. GET, since browsers are led that way. */
import { z } from 'zod'
import { findOrCreateAccount, nameAccount } from '../../access/sign-in-by-identity.ts'
import { AppError } from '../../domain/error.ts'
import type { ApiDeps } from '../api-deps.ts'
import { defineRoute, type Route } from '../route.ts'
import { assertPrivate, browserOf, recordEntry } from './session-routes.ts'

/** A path of this platform: one slash, so that no browser reads a host into it. */
const LOCAL_PATH = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/

const ACTION = 'session.create'

export function buildLoginRoutes(deps: ApiDeps): Route[] {
  const { access, baseUrl } = deps
  const { accounts, sessions, signIn } = access
  const login = () => {
    const found = access.oauth?.login ?? null
    if (found === null) throw new AppError('route_not_found', 'Nobody signs in over an issuer here.')
    return found
  }
  return [
    defineRoute({
      method: 'GET',
      path: '/auth/login',
      needs: 'public',
      summary: 'Sign in over the configured issuer: leads the browser there',
      query: z.strictObject({
        return_to: z.string().max(512).regex(LOCAL_PATH, 'must be a path of this platform').default('/'),
        moved: z.literal('true').optional().describe('Set by the platform: the browser was led to this host'),
      }),
      response: z.string(),
      answers: 'text/plain',
      async handle({ request, query, peer }) {
        const provider = login()
        assertPrivate(peer)
        // The issuer leads back to one address, and the cookie that binds the browser has to be there.
        if (new URL(request.url).host !== new URL(baseUrl).host && query.moved === undefined) {
          // Once: behind a proxy that changes the Host it would go round for ever.
          const moved = new URLSearchParams({ ...query, moved: 'true' })
          return redirect(`${baseUrl}/auth/login?${moved.toString()}`)
        }
        const from = { base: baseUrl, returnTo: query.return_to }
        const { location, cookie } = await provider.begin(from, cookieOf(request))
        return redirect(location, cookie)
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/auth/callback',
      needs: 'public',
      summary: 'Where the issuer leads the browser back to; sets the session cookie',
      query: z.looseObject({}),
      response: z.string(),
      answers: 'text/plain',
      async handle(call) {
        const { request, peer } = call
        const provider = login()
        assertPrivate(peer)
        const query = new URL(request.url).searchParams
        // What no browser began here is turned away before anything is written down.
        const answer = provider.receive({ base: baseUrl, query }, cookieOf(request))
        const person = await answer.claim().catch(async (error: unknown) => {
          await recordEntry(deps, call, ACTION, null, () => Promise.reject(error))
          throw error
        })
        const resource = `user:${nameAccount(accounts, person)}`
        return recordEntry(deps, call, ACTION, resource, async () => {
          const user = await findOrCreateAccount(accounts, person)
          const earlier = sessions.find(cookieOf(request))
          const { cookie } = await signIn.as(user, browserOf(call), earlier)
          return redirect(`${baseUrl}${person.returnTo}`, cookie)
        })
      },
    }),
  ]
}

function cookieOf(request: Request): string | undefined {
  return request.headers.get('cookie') ?? undefined
}

/** 303: whatever led here, the browser goes on with GET. */
function redirect(location: string, cookie?: string): Response {
  const headers = new Headers({ location })
  if (cookie !== undefined) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
