/** Who may come in: API tokens, people's accounts and the browsers they signed in with. */
import type { Clock } from '../domain/clock.ts'
import type { EventSink } from '../domain/event.ts'
import type { Endpoint, Principal, Principals } from '../domain/principal.ts'
import { createBrowserCallers } from './browser-callers.ts'
import { createSignIn, type SignIn } from './create-sign-in.ts'
import type { OAuth } from './oauth/open-oauth.ts'
import { openAccounts, type Accounts } from './open-accounts.ts'
import { openApiTokens, type ApiTokens } from './open-api-tokens.ts'
import { openSessions, type Sessions } from './open-sessions.ts'
import { openSetup, type Setup } from './open-setup.ts'
import { createPasswords } from './password.ts'
import type { LoginSession, LoginSessions, SetupCodeFile, Tokens, Users } from './ports.ts'
import type { SignInRates } from './sign-in-limits.ts'

/** `session` is null unless a cookie let them in. */
export type Caller = { readonly principal: Principal; readonly session: LoginSession | null }

type Credentials = {
  readonly authorization: string | undefined
  readonly cookie: string | undefined
  readonly at: Endpoint
}

export interface Access extends ApiTokens, Principals {
  /** Tokens and identities of an external issuer; null where none is configured. */
  readonly oauth: OAuth | null
  readonly accounts: Accounts
  readonly sessions: Sessions
  /** Signed-in browsers at hosted servers. */
  readonly browsers: ReturnType<typeof createBrowserCallers>
  readonly signIn: SignIn
  readonly setup: Setup
  /** By the bearer token or else the cookie: where there is an Authorization header the cookie counts for nothing. */
  authenticateRequest(credentials: Credentials): Promise<Caller | null>
  /**
   * Whether who was let in a moment ago would be now: a body may take minutes to come, and what it asks for is done
   * when it is there. At once, without database or network.
   */
  isCurrent(caller: Caller): boolean
}

export type AccessDeps = {
  readonly tokens: Tokens
  readonly users: Users
  readonly loginSessions: LoginSessions
  readonly clock: Clock
  readonly events: EventSink
  readonly signInRates: SignInRates
  readonly setupCodeFile: SetupCodeFile
  readonly oauth?: OAuth | null
}

export async function openAccess(deps: AccessDeps): Promise<Access> {
  const { oauth = null } = deps
  const passwords = createPasswords()
  const tokens = await openApiTokens(deps)
  const accounts = await openAccounts({ ...deps, passwords })
  const sessions = await openSessions(deps.loginSessions, deps.clock)
  const kept = (keep: string | undefined) => sessions.list().find(({ id }) => id === keep)?.id
  const setup = await openSetup({ ...deps, accounts, file: deps.setupCodeFile })
  accounts.onChanged((id, keep) => sessions.endOf(id, kept(keep)))

  const identify = (authorization: string | undefined, at: Endpoint) =>
    tokens.authenticate(authorization, at.connection) ?? oauth?.authenticate(authorization, at) ?? null

  return {
    ...tokens,
    identify,
    onLapsed: (listener) => oauth?.onLapsed(listener) ?? (() => {}),
    oauth,
    accounts,
    sessions,
    browsers: createBrowserCallers(accounts, sessions),
    setup,
    signIn: createSignIn({ ...deps, accounts, sessions, passwords, rates: deps.signInRates }),
    async authenticateRequest({ authorization, cookie, at }) {
      if (authorization !== undefined) {
        const principal = await identify(authorization, at)
        return principal === null ? null : { principal, session: null }
      }
      const session = sessions.find(cookie)
      const principal = session === null ? null : accounts.principalOf(session.userId)
      return principal === null ? null : { principal, session }
    },
    isCurrent({ principal, session }) {
      if (session !== null) return sessions.isOpen(session) && accounts.principalOf(session.userId) !== null
      return principal.kind === 'oauth' ? oauth?.isLive(principal.id) === true : tokens.isLive(principal.id)
    },
    async close() {
      await setup.close()
      oauth?.close()
      await sessions.close()
      await tokens.close()
    },
  }
}
