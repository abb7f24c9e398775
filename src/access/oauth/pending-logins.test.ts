import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../../test/fakes/clock.ts'
import { createPendingLogins } from './pending-logins.ts'

const login = { nonce: 'n', verifier: 'v', returnTo: '/' }
const cookieOf = (setCookie: string) => setCookie.split(';')[0]!

describe('sign-ins on their way', () => {
  it('are good once, in their browser, for ten minutes', () => {
    const clock = createFakeClock()
    const logins = createPendingLogins(clock)
    const { state, cookie } = logins.begin(login, undefined)
    expect(cookie).toMatch(
      /^__Host-haivemind-login=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(logins.take(state, cookieOf(cookie))).toEqual(login)
    expect(logins.take(state, cookieOf(cookie))).toBeNull()

    const late = logins.begin(login, undefined)
    clock.advance(600_000)
    expect(logins.take(late.state, cookieOf(late.cookie))).toBeNull()

    const others = logins.begin(login, undefined)
    expect(logins.take(others.state, cookieOf(logins.begin(login, undefined).cookie))).toBeNull()
    expect(logins.take(others.state, cookieOf(others.cookie))).toBeNull()
    const bare = logins.begin(login, undefined)
    expect(logins.take(bare.state, undefined)).toBeNull()
  })

  it('may be several in one browser, and a cookie that comes twice is none', () => {
    const logins = createPendingLogins(createFakeClock())
    const first = logins.begin(login, undefined)
    const second = logins.begin({ ...login, returnTo: '/x' }, `a=b; ${cookieOf(first.cookie)}`)
    expect(second.cookie).toBe(first.cookie)
    const twice = logins.begin(login, cookieOf(first.cookie))
    expect(logins.take(twice.state, `${cookieOf(first.cookie)}; ${cookieOf(first.cookie)}`)).toBeNull()
    expect(logins.take(second.state, cookieOf(first.cookie))?.returnTo).toBe('/x')
    expect(logins.take(first.state, cookieOf(first.cookie))?.returnTo).toBe('/')
  })
})
