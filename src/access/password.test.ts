import { describe, expect, it } from 'vitest'
import { createPasswords } from './password.ts'

describe('passwords', () => {
  it('are kept as argon2id with the agreed cost, each with a salt of its own', async () => {
    const passwords = createPasswords()
    const [one, two] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    expect(one).not.toBe(two)
    expect(await passwords.verify('correct horse', one)).toBe(true)
    expect(await passwords.verify('Correct horse', one)).toBe(false)
    expect(await passwords.verify('correct horse', null)).toBe(false)
  })

  it('are the same however an accent was typed', async () => {
    const passwords = createPasswords()
    expect(await passwords.verify('cafe\u0301 au lait', await passwords.hash('caf\u00e9 au lait'))).toBe(true)
  })

  it('of other strength than today stay readable', async () => {
    const passwords = createPasswords()
    const weaker = (await passwords.hash('x')).replace('t=2', 't=3')
    expect(await passwords.verify('x', weaker)).toBe(false)
    await expect(passwords.verify('x', '$2b$10$abc')).rejects.toThrow('not readable')
  })

  it('are hashed a few at a time; a crowd is told to come again', async () => {
    const passwords = createPasswords()
    const answers = await Promise.allSettled(Array.from({ length: 40 }, () => passwords.verify('x', null)))
    const refused = answers.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(40 - 34)
    expect(refused[0]).toMatchObject({ reason: { code: 'busy' } })
    expect(await passwords.verify('x', null)).toBe(false)
  })
})
