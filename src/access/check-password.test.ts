import { describe, expect, it } from 'vitest'
import { checkPassword } from './check-password.ts'
import { COMMON_PASSWORDS } from './common-passwords.ts'

const codeOf = (password: string, name = 'ada') =>
  checkPassword(password, name).then(
    () => null,
    (error: { code: string }) => error.code,
  )

describe('a password', () => {
  it.each(['correct horse', 'aaaabbbbccccdddd', 'x'.repeat(128), '密码密码密码密码', 'q7#zv!2k'])(
    'may be %j',
    async (password) => {
      expect(await codeOf(password)).toBeNull()
    },
  )

  it.each(['', 'short77', 'x'.repeat(129), 'password', 'PassWord1', '1234567890', 'qwertyuiop', '👍👍👍👍'])(
    'may not be %j',
    async (password) => {
      expect(await codeOf(password)).toBe('weak_password')
    },
  )

  it('may not be the name', async () => {
    expect(await codeOf('Lovelace-Ada', 'lovelace-ada')).toBe('weak_password')
  })

  it('is held against thousands, all of which are long enough to need it', () => {
    const list = COMMON_PASSWORDS.trim().split(/\s+/)
    expect(list.length).toBeGreaterThan(8_000)
    expect(new Set(list).size).toBe(list.length)
    expect(list.filter((word) => word.length < 8 || word !== word.toLowerCase())).toEqual([])
  })
})
