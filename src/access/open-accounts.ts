import type { Clock } from '../domain/clock.ts'
import { AppError } from '../domain/error.ts'
import type { EventSink } from '../domain/event.ts'
import type { UserId } from '../domain/id.ts'
import type { Principal } from '../domain/principal.ts'
import { grantsOf, type Role } from '../domain/role.ts'
import { createId } from '../system/random.ts'
import { checkPassword } from './check-password.ts'
import type { Passwords } from './password.ts'
import type { Identity, UserRecord, Users } from './ports.ts'

/** Stands in URLs, events and the list of servers: nothing that needs quoting. */
const USER_NAME = /^[a-z0-9][a-z0-9._@+-]{0,63}$/

export type NewUser = {
  readonly name: string
  readonly role: Role
  readonly password: string | null
  readonly identity?: Identity
}

export interface Accounts {
  list(): readonly UserRecord[]
  /** By name or id; throws `user_not_found`. */
  get(nameOrId: string): UserRecord
  find(name: string): UserRecord | null
  findByIdentity(identity: Identity): UserRecord | null
  /** Somebody administers the platform: the first run is over. */
  isClaimed(): boolean
  /** Throws `conflict`, `invalid_request`, `weak_password`. */
  create(user: NewUser, by: string): Promise<UserRecord>
  /** Throws `conflict` for the last administrator. The person's sessions end. */
  setRole(nameOrId: string, role: Role, by: string): Promise<UserRecord>
  /** Throws `weak_password`. The person's sessions end, but for the one named in `keep`. */
  setPassword(nameOrId: string, password: string, by: string, keep?: string): Promise<UserRecord>
  /** Throws `conflict` for the last administrator. */
  remove(nameOrId: string, by: string): Promise<UserRecord>
  noteLogin(id: UserId): Promise<void>
  /** Null when there is no such account any more. */
  principalOf(id: UserId): Principal | null
  /** An account was removed, or may other things now: what it opened is to end, but for the session `keep`. */
  onChanged(listener: (id: UserId, keep: string | undefined) => Promise<void>): () => void
}

/** Accounts in memory, read once: they are few, and asked for at every request. */
export async function openAccounts(deps: {
  readonly users: Users
  readonly passwords: Passwords
  readonly clock: Clock
  readonly events: EventSink
}): Promise<Accounts> {
  const { users, passwords, clock, events } = deps
  const byId = new Map<UserId, UserRecord>()
  const listeners = new Set<(id: UserId, keep: string | undefined) => Promise<void>>()
  for (const user of await users.list()) byId.set(user.id, user)

  const find = (name: string) => [...byId.values()].find((user) => user.name === name.toLowerCase()) ?? null
  const get = (nameOrId: string) => {
    const found = byId.get(nameOrId as UserId) ?? find(nameOrId)
    if (found === null) throw new AppError('user_not_found', `There is no user "${nameOrId}".`)
    return found
  }
  const change = async (
    user: UserRecord,
    changes: Partial<UserRecord>,
    changed: 'role' | 'password',
    by: string,
    keep?: string,
  ) => {
    await users.update(user.id, changes)
    const next = { ...user, ...changes }
    byId.set(user.id, next)
    events.emit({ type: 'user.updated', userId: user.id, name: user.name, changed: [changed] }, by)
    for (const listener of listeners) await listener(user.id, keep)
    return next
  }
  const assertNotLast = (user: UserRecord) => {
    const admins = [...byId.values()].filter(({ role }) => role === 'admin')
    if (user.role !== 'admin' || admins.length > 1) return
    throw new AppError('conflict', `${user.name} is the last administrator.`, {
      hint: 'Make somebody else an administrator first.',
    })
  }

  return {
    list: () => [...byId.values()],
    get,
    find,
    findByIdentity: ({ issuer, subject }) =>
      [...byId.values()].find(
        ({ identity }) => identity?.issuer === issuer && identity.subject === subject,
      ) ?? null,
    isClaimed: () => [...byId.values()].some(({ role }) => role === 'admin'),
    async create({ name, role, password, identity }, by) {
      const lower = name.toLowerCase()
      if (!USER_NAME.test(lower)) {
        throw new AppError(
          'invalid_request',
          'A user name has 1 to 64 letters, digits and . _ @ + -, starting with a letter or digit.',
        )
      }
      if (password !== null) await checkPassword(password, lower)
      const passwordHash = password === null ? null : await passwords.hash(password)
      // After the hashing, which gives way to others.
      if (find(lower) !== null) throw new AppError('conflict', `There is a user "${lower}" already.`)
      const user: UserRecord = {
        id: createId('usr'),
        name: lower,
        role,
        passwordHash,
        identity: identity ?? null,
        createdAt: clock.now(),
        createdBy: by,
        lastLoginAt: null,
      }
      byId.set(user.id, user)
      try {
        await users.create(user)
      } catch (error) {
        byId.delete(user.id)
        throw error
      }
      events.emit({ type: 'user.created', userId: user.id, name: user.name, role }, by)
      return user
    },
    async setRole(nameOrId, role, by) {
      const user = get(nameOrId)
      if (user.role === role) return user
      if (role !== 'admin') assertNotLast(user)
      return change(user, { role }, 'role', by)
    },
    async setPassword(nameOrId, password, by, keep) {
      const { id, name } = get(nameOrId)
      await checkPassword(password, name)
      const passwordHash = await passwords.hash(password)
      return change(get(id), { passwordHash }, 'password', by, keep)
    },
    async remove(nameOrId, by) {
      const user = get(nameOrId)
      assertNotLast(user)
      byId.delete(user.id)
      for (const listener of listeners) await listener(user.id, undefined)
      await users.remove(user.id)
      events.emit({ type: 'user.removed', userId: user.id, name: user.name }, by)
      return user
    },
    async noteLogin(id) {
      const user = byId.get(id)
      if (user === undefined) return
      const lastLoginAt = clock.now()
      byId.set(id, { ...user, lastLoginAt })
      await users.update(id, { lastLoginAt })
    },
    principalOf(id) {
      const user = byId.get(id)
      if (user === undefined) return null
      return { id: `user:${id}`, kind: 'user', name: user.name, grants: grantsOf(user.role) }
    },
    onChanged(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
