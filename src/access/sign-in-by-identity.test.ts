import { describe, expect, it } from 'vitest'
import { chooseFreeName } from './sign-in-by-identity.ts'

const choose = (wanted: string, ...taken: string[]) => chooseFreeName(wanted, (name) => !taken.includes(name))

describe('chooseFreeName', () => {
  it('makes a name of this platform out of whatever the issuer says', () => {
    expect(choose('Ann.Smith@example.org')).toBe('ann.smith@example.org')
    expect(choose('  <b>Ann</b> ')).toBe('b-ann--b--')
    expect(choose('名前')).toBe('user')
    expect(choose('x'.repeat(200))).toHaveLength(56)
  })

  it('never takes the name of another account', () => {
    expect(choose('bob', 'bob')).toBe('bob-2')
    expect(choose('bob', 'bob', 'bob-2')).toBe('bob-3')
  })
})
