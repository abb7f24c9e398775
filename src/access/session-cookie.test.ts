import { describe, expect, it } from 'vitest'
import { buildClearedCookie, buildSessionCookie, parseSessionCookie } from './session-cookie.ts'

const VALUE = 'A'.repeat(42) + '_'

describe('the session cookie', () => {
  it('is bound to this host, to Secure and away from scripts', () => {
    expect(buildSessionCookie(VALUE, 604_800)).toBe(
      `__Host-haivemind=${VALUE}; Path=/; Max-Age=604800; HttpOnly; Secure; SameSite=Lax`,
    )
    expect(buildClearedCookie()).toContain('Max-Age=0')
  })

  it.each([
    [`__Host-haivemind=${VALUE}`, VALUE],
    [`a=b; __Host-haivemind=${VALUE}; c=d`, VALUE],
    [undefined, null],
    ['', null],
    [`__Host-haivemind=${VALUE}; __Host-haivemind=${VALUE}`, null],
    [`haivemind=${VALUE}`, null],
    ['__Host-haivemind=short', null],
    [`__Host-haivemind=${VALUE}x`, null],
  ])('is read from %j', (header, value) => {
    expect(parseSessionCookie(header)).toBe(value)
  })
})
