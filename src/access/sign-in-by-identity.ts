import type { Role } from '../domain/role.ts'
import type { Accounts } from './open-accounts.ts'
import type { Identity, UserRecord } from './ports.ts'

/** Who changed the account, in events and records. */
const BY = 'oauth'
const MAX_NAMES = 100

export type VouchedFor = { readonly identity: Identity; readonly name: string; readonly role: Role }

/** What the account is or will be called. */
export function nameAccount(accounts: Accounts, { identity, name }: VouchedFor): string {
  const found = accounts.findByIdentity(identity)
  return found?.name ?? chooseFreeName(name, (text) => accounts.find(text) === null)
}

/**
 * The account of somebody whom an issuer vouches for, made at the first sign-in. Found by issuer and subject alone:
 * a name is no proof, so an account of the same name stays another's. The issuer's role counts anew at each sign-in.
 * Throws `conflict` when that would take the last administrator.
 */
export async function findOrCreateAccount(accounts: Accounts, person: VouchedFor): Promise<UserRecord> {
  const { identity, role } = person
  const found = accounts.findByIdentity(identity)
  if (found !== null) return accounts.setRole(found.id, role, BY)
  return accounts.create({ name: nameAccount(accounts, person), role, password: null, identity }, BY)
}

export function chooseFreeName(wanted: string, isFree: (name: string) => boolean): string {
  const plain = wanted
    .toLowerCase()
    .replaceAll(/[^a-z0-9._@+-]/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 56)
  const base = plain === '' ? 'user' : plain
  for (let count = 2; count <= MAX_NAMES; count++) {
    const name = count === 2 ? base : `${base}-${count - 1}`
    if (isFree(name)) return name
  }
  return base
}
