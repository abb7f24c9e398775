import type { SignedIn } from '../../access/create-sign-in.ts'
import { buildClearedCookie } from '../../access/session-cookie.ts'
import { AppError } from '../../domain/error.ts'
import type { Peer } from '../../domain/peer.ts'
import { isAllowed } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import { audited } from '../audit/audited.ts'
import { NOBODY } from '../authorize.ts'
import { renderSession, renderUser } from '../render-people.ts'
import { defineRoute, type Call, type Route } from '../route.ts'
import { renderTime } from '../schema/common.ts'
import {
  meSchema,
  passwordChangeSchema,
  sessionEndedSchema,
  sessionListSchema,
  setupClaimSchema,
  setupCodeSchema,
  setupStateSchema,
  signedInSchema,
  signInSchema,
  userSchema,
  type SignedInJson,
} from '../schema/people.ts'

/** How people come in, see who they are and go. */
export function buildSessionRoutes(deps: ApiDeps): Route[] {
  const { accounts, sessions, setup, signIn } = deps.access
  const earlierOf = ({ request }: Pick<Call, 'request'>) =>
    sessions.find(request.headers.get('cookie') ?? undefined)
  return [
    defineRoute({
      method: 'GET',
      path: '/api/v1/setup',
      needs: 'public',
      summary: 'Whether there is an administrator already, and how people come in',
      response: setupStateSchema,
      handle: async ({ reply }) => {
        const code = setup.current()
        return reply({
          claimed: accounts.isClaimed(),
          code: code === null ? null : { expires_at: renderTime(code.expiresAt), tries_left: code.triesLeft },
          issuer: (deps.access.oauth?.login ?? null) !== null,
        })
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/v1/setup',
      needs: 'public',
      summary: 'Become the administrator with the setup code, once; signs in',
      body: setupClaimSchema,
      status: 201,
      response: signedInSchema,
      async handle(call) {
        if (!isLoopback(call.peer.ip)) {
          throw new AppError(
            'setup_code_wrong',
            'The setup code is taken on the platform’s own machine only.',
            {
              hint: 'Open the platform there, or make an account with haivemind user add.',
            },
          )
        }
        // Wrong codes are not written down: five of them end the code.
        setup.check(call.body.code)
        return recordEntry(deps, call, 'setup.claim', null, async () => {
          const user = await setup.claim(call.body)
          return replyWithCookie(call, await signIn.as(user, browserOf(call), earlierOf(call)))
        })
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/v1/setup/code',
      needs: 'admin',
      summary: 'A new setup code in place of the one before, while there is no administrator',
      response: setupCodeSchema,
      async handle({ reply }) {
        const { code, expiresAt } = await setup.renew()
        return reply({ code, expires_at: renderTime(expiresAt) })
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/v1/login',
      needs: 'public',
      summary: 'Sign in with name and password; the answer sets the session cookie',
      body: signInSchema,
      response: signedInSchema,
      async handle(call) {
        assertPrivate(call.peer)
        const { name, password } = call.body
        const attempt = signIn.begin(name, call.peer.ip)
        // A name that nobody has may be a password in the wrong field.
        const resource = accounts.find(name) === null ? null : `user:${name.toLowerCase()}`
        return recordEntry(deps, call, 'session.create', resource, async () => {
          const user = await attempt.verify(password)
          return replyWithCookie(call, await signIn.as(user, browserOf(call), earlierOf(call)))
        })
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/v1/logout',
      needs: 'authenticated',
      summary: 'End the session that asks, with its open streams',
      action: 'session.end',
      response: sessionEndedSchema,
      async handle({ session, reply }) {
        if (session === null) throw new AppError('session_not_found', 'A token has no session to end.')
        await sessions.end(session.id)
        return reply({ id: session.id, ended: true }, LEAVING)
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/sessions',
      needs: 'authenticated',
      summary: 'The own sessions; those of everybody for administrators',
      response: sessionListSchema,
      async handle(call) {
        const visible = sessions.list().filter(maySee(call))
        return call.reply({
          items: visible.map((one) => renderSession(one, accounts.get(one.userId).name, call)),
        })
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/v1/sessions/:id',
      needs: 'authenticated',
      summary: 'End a session with its open streams',
      action: 'session.end',
      response: sessionEndedSchema,
      async handle(call) {
        const id = call.params['id']!
        const found = sessions
          .list()
          .filter(maySee(call))
          .find((one) => one.id === id)
        // Somebody else's is as absent as one that never was.
        if (found === undefined) throw new AppError('session_not_found', `There is no session "${id}".`)
        await sessions.end(found.id)
        return call.reply({ id, ended: true }, found.id === call.session?.id ? LEAVING : {})
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/me',
      needs: 'authenticated',
      summary: 'Who asks, and what they may do',
      response: meSchema,
      async handle({ principal: { id, kind, name, grants }, session, reply }) {
        const role = session === null ? null : accounts.get(session.userId).role
        return reply({ id, kind, name, role, scopes: [...grants] })
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/api/v1/me',
      needs: 'authenticated',
      summary: 'Set the own password; all other sessions end',
      action: 'user.set_password',
      body: passwordChangeSchema,
      response: userSchema,
      async handle({ body, session, principal, peer, assertCurrent, reply }) {
        if (session === null) {
          throw new AppError('invalid_request', 'Only somebody who signed in has a password to change.')
        }
        const { name } = accounts.get(session.userId)
        await signIn.begin(name, peer.ip).verify(body.current_password)
        assertCurrent()
        const user = await accounts.setPassword(name, body.password, principal.id, session.id)
        return reply(renderUser(user))
      },
    }),
  ]
}

/** Somebody comes in: nobody yet when it begins. */
export function recordEntry(
  deps: ApiDeps,
  { requestId, peer }: Pick<Call, 'requestId' | 'peer'>,
  action: string,
  resource: string | null,
  run: () => Promise<Response>,
): Promise<Response> {
  const act = {
    principal: NOBODY,
    via: 'api' as const,
    facts: { requestId, peer },
    action,
    resource,
    details: {},
  }
  return audited(deps, act, run, () => ({ hasFailed: false, details: {} }))
}

/** What the browser kept of us goes too. */
const LEAVING = { 'set-cookie': buildClearedCookie(), 'clear-site-data': '"cache", "cookies", "storage"' }

function replyWithCookie(
  call: { readonly reply: (data: SignedInJson, headers: Record<string, string>) => Response },
  { user, session, cookie }: SignedIn,
): Response {
  const shown = { user: renderUser(user), session: renderSession(session, user.name, { session }) }
  return call.reply(shown, { 'set-cookie': cookie })
}

export function browserOf({ peer, request }: Pick<Call, 'peer' | 'request'>) {
  return { ip: peer.ip, userAgent: request.headers.get('user-agent') }
}

function maySee({ principal, session }: Pick<Call, 'principal' | 'session'>) {
  const isAdmin = isAllowed(principal, 'admin')
  return ({ userId }: { readonly userId: string }) => isAdmin || userId === session?.userId
}

function isLoopback(ip: string | null): boolean {
  return ip === '::1' || (ip ?? '').startsWith('127.')
}

/** A browser would drop the cookie, and everybody on the way would have the password. */
export function assertPrivate({ ip, isSecure }: Peer): void {
  if (isSecure || isLoopback(ip)) return
  throw new AppError(
    'https_required',
    'Signing in over plain http is possible on the platform’s own machine only.',
  )
}
