/** Who may come in: API tokens, people's accounts and the browsers they signed in with. */
import type { Clock } from '../domain/clock.ts'
import type { EventSink } from '../domain/event.ts'
import type { Principal } from '../domain/principal.ts'
import { createSignIn, type SignIn } from './create-sign-in.ts'
import { openAccounts, type Accounts } from './open-accounts.ts'
import { openApiTokens, type ApiTokens } from './open-api-tokens.ts'
import { openSessions, type Sessions } from './open-sessions.ts'
import { openSetup, type Setup } from './open-setup.ts'
import { createPasswords } from './password.ts'
import type { LoginSession, LoginSessions, SetupCodeFile, Tokens, Users } from './ports.ts'
import type { SignInRates } from './sign-in-limits.ts'

/** `session` is null unless a cookie let them in. */
export type Caller = { readonly principal: Principal; readonly session: LoginSession | null }

type Credentials = { readonly authorization: string | undefined; readonly cookie: string | undefined }

export interface Access extends ApiTokens {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly signIn: SignIn
  readonly setup: Setup
  /** By the bearer token or else the cookie: where there is an Authorization header the cookie counts for nothing. */
  authenticateRequest(credentials: Credentials): Promise<Caller | null>
}

export type AccessDeps = {
  readonly tokens: Tokens
  readonly users: Users
  readonly loginSessions: LoginSessions
  readonly clock: Clock
  readonly events: EventSink
  readonly signInRates: SignInRates
  readonly setupCodeFile: SetupCodeFile
}

export async function openAccess(deps: AccessDeps): Promise<Access> {
  const passwords = createPasswords()
  const tokens = await openApiTokens(deps)
  const accounts = await openAccounts({ ...deps, passwords })
  const sessions = await openSessions(deps.loginSessions, deps.clock)
  const kept = (keep: string | undefined) => sessions.list().find(({ id }) => id === keep)?.id
  const setup = await openSetup({ ...deps, accounts, file: deps.setupCodeFile })
  accounts.onChanged((id, keep) => sessions.endOf(id, kept(keep)))

  return {
    ...tokens,
    accounts,
    sessions,
    setup,
    signIn: createSignIn({ ...deps, accounts, sessions, passwords, rates: deps.signInRates }),
    async authenticateRequest({ authorization, cookie }) {
      if (authorization !== undefined) {
        const principal = tokens.authenticate(authorization)
        return principal === null ? null : { principal, session: null }
      }
      const session = sessions.find(cookie)
      const principal = session === null ? null : accounts.principalOf(session.userId)
      return principal === null ? null : { principal, session }
    },
    async close() {
      await setup.close()
      await sessions.close()
      await tokens.close()
    },
  }
}
