import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import type { Accounts } from './open-accounts.ts'
import type { Browser, Sessions } from './open-sessions.ts'
import { buildBusy, type Passwords } from './password.ts'
import type { LoginSession, UserRecord } from './ports.ts'
import { createSignInLimits, type SignInRates } from './sign-in-limits.ts'

export type SignedIn = { readonly user: UserRecord; readonly session: LoginSession; readonly cookie: string }

export interface SignIn {
  /**
   * Counts one try, before anything is looked up or written down. Throws `busy`, `rate_limited`.
   * `verify` throws `wrong_credentials`, after the same time whether the name or the password is wrong; `busy`.
   */
  begin(name: string, ip: string | null): { verify(password: string): Promise<UserRecord> }
  /**
   * Opens a session for somebody who proved who they are. One that the browser had before ends: whoever planted its
   * cookie has nothing.
   */
  as(user: UserRecord, browser: Browser, earlier: LoginSession | null): Promise<SignedIn>
}

export function createSignIn(deps: {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly passwords: Passwords
  readonly clock: Clock
  readonly rates: SignInRates
}): SignIn {
  const { accounts, sessions, passwords } = deps
  const limits = createSignInLimits(deps.rates, deps.clock)

  return {
    begin(name, ip) {
      // First: a crowd that nobody has time for fills neither the tables of the limits nor the audit log.
      if (passwords.isBusy()) throw buildBusy()
      limits.enter(name, ip)
      return {
        async verify(password) {
          const user = accounts.find(name)
          const isRight = await passwords.verify(password, user?.passwordHash ?? null)
          // Asked again: the account may be gone, or its password another one, since the hashing began.
          const now = user === null ? null : accounts.find(name)
          if (!isRight || now === null || now.passwordHash !== user?.passwordHash) {
            limits.fail(name, ip)
            throw new AppError('wrong_credentials', 'The name or the password is wrong.')
          }
          limits.succeed(name, ip)
          return now
        },
      }
    },
    async as(user, browser, earlier) {
      const { session, cookie } = await sessions.open(user.id, browser)
      // It may have ended meanwhile, which is as well.
      if (earlier !== null) await sessions.end(earlier.id).catch(ignoreGone)
      await accounts.noteLogin(user.id)
      return { user, session, cookie }
    },
  }
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof AppError) || error.code !== 'session_not_found') throw error
}
