import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { createMemoryPeople } from '../../test/fakes/people.ts'
import type { PlatformEvent } from '../domain/event.ts'
import { openAccounts } from './open-accounts.ts'
import { createPasswords } from './password.ts'
import type { UserRecord } from './ports.ts'

const PASSWORD = 'four plain words here'

async function open(rows: UserRecord[] = []) {
  const events: PlatformEvent[] = []
  const accounts = await openAccounts({
    users: createMemoryPeople({ users: rows }).users,
    passwords: createPasswords(),
    clock: createFakeClock(),
    events: { emit: (event) => void events.push(event) },
  })
  const changed: [string, string | undefined][] = []
  accounts.onChanged(async (id, keep) => void changed.push([id, keep]))
  return { accounts, events, rows, changed }
}

describe('accounts', () => {
  it('hold a hash, never the password, and are found by name whatever its case', async () => {
    const { accounts, rows, events } = await open()
    const ada = await accounts.create({ name: 'Ada', role: 'viewer', password: PASSWORD }, 'local')
    expect(ada).toMatchObject({ name: 'ada', role: 'viewer', createdBy: 'local', lastLoginAt: null })
    expect(ada.id).toMatch(/^usr_/)
    expect(JSON.stringify([rows, events])).not.toContain(PASSWORD)
    expect(accounts.get('ADA')).toBe(accounts.get(ada.id))
    expect(events).toEqual([{ type: 'user.created', userId: ada.id, name: 'ada', role: 'viewer' }])
    expect(accounts.principalOf(ada.id)).toEqual({
      id: `user:${ada.id}`,
      kind: 'user',
      name: 'ada',
      grants: ['servers:read', 'logs:read', 'memory:read', 'metrics:read'],
    })
  })

  it('refuse a taken name, also one taken at the same moment, and names that need quoting', async () => {
    const { accounts, rows } = await open()
    const make = (name: string) => accounts.create({ name, role: 'viewer', password: PASSWORD }, 'local')
    const both = await Promise.allSettled([make('ada'), make('ADA')])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(rows).toHaveLength(1)
    for (const name of ['', 'a b', '-a', '<b>', 'a/b', 'x'.repeat(65)]) {
      await expect(make(name)).rejects.toMatchObject({ code: 'invalid_request' })
    }
    await expect(
      accounts.create({ name: 'bob', role: 'viewer', password: 'password1' }, 'local'),
    ).rejects.toMatchObject({ code: 'weak_password' })
  })

  it('always keep an administrator', async () => {
    const { accounts } = await open()
    expect(accounts.isClaimed()).toBe(false)
    await accounts.create({ name: 'ada', role: 'admin', password: PASSWORD }, 'local')
    expect(accounts.isClaimed()).toBe(true)
    await expect(accounts.remove('ada', 'local')).rejects.toMatchObject({ code: 'conflict' })
    await expect(accounts.setRole('ada', 'viewer', 'local')).rejects.toMatchObject({ code: 'conflict' })
    await accounts.create({ name: 'bob', role: 'admin', password: PASSWORD }, 'local')
    await accounts.setRole('ada', 'viewer', 'local')
    await expect(accounts.remove('bob', 'local')).rejects.toMatchObject({ code: 'conflict' })
    await accounts.remove('ada', 'local')
    expect(accounts.list().map(({ name }) => name)).toEqual(['bob'])
  })

  it('tell when somebody may do other things, or nothing any more', async () => {
    const { accounts, changed } = await open()
    const ada = await accounts.create({ name: 'ada', role: 'viewer', password: PASSWORD }, 'local')
    await accounts.setRole('ada', 'viewer', 'local')
    expect(changed).toEqual([])
    await accounts.setRole('ada', 'admin', 'local')
    await accounts.setPassword('ada', 'other plain words', 'local', 'ses_x')
    await accounts.create({ name: 'bob', role: 'admin', password: PASSWORD }, 'local')
    await accounts.remove('ada', 'local')
    expect(changed).toEqual([
      [ada.id, undefined],
      [ada.id, 'ses_x'],
      [ada.id, undefined],
    ])
    expect(accounts.principalOf(ada.id)).toBeNull()
    expect(() => accounts.get('ada')).toThrow('no user')
  })

  it('may belong to an identity elsewhere and have no password', async () => {
    const { accounts } = await open()
    const identity = { issuer: 'https://id.example', subject: '42' }
    const ada = await accounts.create({ name: 'ada', role: 'viewer', password: null, identity }, 'local')
    expect(ada.passwordHash).toBeNull()
    expect(accounts.findByIdentity({ ...identity })?.id).toBe(ada.id)
    expect(accounts.findByIdentity({ ...identity, issuer: 'https://other.example' })).toBeNull()
  })
})
