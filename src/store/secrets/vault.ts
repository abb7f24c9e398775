/**
 * Secrets at rest. Each has a random key of its own, which is wrapped by the key of the platform; so a rotation of that
 * key touches small wrapped keys alone, in one transaction. What is in force is written in the database (`vault.key_id`):
 * wherever a rotation is cut short, exactly one of the two key files fits it.
 */
import { createHmac } from 'node:crypto'
import { AppError } from '../../domain/error.ts'
import type { Clock } from '../../domain/clock.ts'
import type { ServerId } from '../../domain/id.ts'
import { Secret } from '../../domain/secret.ts'
import type { OpenedSecret, SecretFacts, Secrets, VaultStatus } from '../../hosting/ports.ts'
import { createKey } from '../../system/random.ts'
import type { SecretFactsRow, SecretRow, SecretStore } from '../sqlite/secret-store.ts'
import type { Key, KeySource } from './key-source.ts'
import { fingerprintOf, seal, unseal } from './seal.ts'

export type VaultDeps = {
  readonly store: SecretStore
  readonly source: KeySource
  readonly clock: Clock
  /** Every value that passes through, so that the platform's own log can mask it. */
  readonly onKnown: (name: string, value: Secret) => void
}

type Keys = { readonly key: Key; readonly fingerprintKey: Buffer }
/** One platform is one tenant; the place for the name of another is kept in what is bound to each value. */
const TENANT = 'local'

export function createVault({ store, source, clock, onKnown }: VaultDeps): Secrets {
  let keys: Keys | null = null
  let rotating: Promise<unknown> = Promise.resolve()

  /** The keys, or why they cannot be had. While locked each need tries again: the operator may have mended it. */
  const unlock = async (): Promise<Keys | { readonly problem: string } | null> => {
    if (keys !== null) return keys
    const vault = store.readVault()
    if (vault === null) return null
    const found = await source.read()
    const next = await source.readNext()
    const candidates = [found.key, next, await source.readPrevious()]
    const fitting = candidates.find((key) => key?.id === vault.keyId) ?? null
    if (fitting === null) return { problem: describeMismatch(found.key, found.problem, vault.keyId) }
    const fingerprintKey = unseal(fitting.bytes, vault.fingerprintKey, aboutVault(vault.keyId))
    if (fingerprintKey === null) return { problem: 'The stored proof of the key is damaged.' }
    if (fitting === next) await source.promoteNext()
    else if (next !== null) await source.discardNext()
    const opened = { key: fitting, fingerprintKey }
    const isPrevious = fitting !== next && fitting !== found.key && found.key !== null
    return (keys = isPrevious ? rewrap(opened, found.key).keys : opened)
  }

  const need = async (): Promise<Keys> => {
    const found = await unlock()
    if (found !== null && 'key' in found) return found
    if (found !== null) throw buildLocked(found.problem)
    const { key, problem, absent } = await source.read()
    if (key === null && !absent) throw buildLocked(problem ?? 'The key cannot be used.')
    const first = key ?? (await makeKey(source))
    // Another need may have come first.
    const known = await unlock()
    if (known !== null && 'key' in known) return known
    const fingerprintKey = createKey()
    store.writeVault(first.id, seal(first.bytes, fingerprintKey, aboutVault(first.id)))
    return (keys = { key: first, fingerprintKey })
  }

  /** Synchronous from the first row to the last, so that no start sees a half of it. */
  const rewrap = (from: Keys, to: Key): { readonly keys: Keys; readonly count: number } => {
    const count = store.transaction(() => {
      const rows = store.listAll()
      for (const row of rows) {
        const dataKey = unseal(from.key.bytes, row.wrappedKey, aboutKey(row))
        // What cannot be opened stays as it is: it is told when it is needed.
        if (dataKey !== null) store.rewrap(row, to.id, seal(to.bytes, dataKey, aboutKey(row)))
      }
      store.writeVault(to.id, seal(to.bytes, from.fingerprintKey, aboutVault(to.id)))
      return rows.length
    })
    store.forgetPages()
    return { keys: { key: to, fingerprintKey: from.fingerprintKey }, count }
  }

  const rotate = async () => {
    const from = await need()
    if (source.kind !== 'file') {
      throw new AppError(
        'conflict',
        `The key comes from ${source.place} and is not the platform’s to change.`,
        {
          hint: 'Give the new key there and the old one beside it (…_PREVIOUS, …-previous), and start the platform again.',
        },
      )
    }
    const to = await source.prepareNext()
    const { keys: after, count } = rewrap(from, to)
    keys = after
    await source.promoteNext()
    return { keyId: to.id, secrets: count }
  }

  const openRow = ({ key }: Keys, row: SecretRow): OpenedSecret | null => {
    const dataKey = unseal(key.bytes, row.wrappedKey, aboutKey(row))
    const value = dataKey && unseal(dataKey, row.sealed, aboutValue(row))
    if (value === null) return null
    const secret = new Secret(value)
    onKnown(row.name, secret)
    return { name: row.name, value: secret, as: row.delivery, version: row.version }
  }

  const listCurrent = (serverId: ServerId) =>
    store.list(serverId).filter(({ retiredAt }) => retiredAt === null)

  return {
    list: async (serverId) => listCurrent(serverId).map(readFacts),
    async listEach(serverIds) {
      const each = new Map<ServerId, { stored: SecretFacts[]; hasRetired: boolean }>()
      for (const row of store.listFacts(serverIds)) {
        const entry = each.get(row.serverId) ?? { stored: [], hasRetired: false }
        if (row.retiredAt === null) entry.stored.push(readFacts(row))
        else entry.hasRetired = true
        each.set(row.serverId, entry)
      }
      return each
    },
    async set(serverId, secrets, by, isLive) {
      const found = await need()
      // Asked again: a rotation may have come in between.
      const { key, fingerprintKey } = keys ?? found
      store.transaction(() => {
        const rows = store.list(serverId)
        for (const { name, value, as } of secrets) {
          const before = rows.filter((row) => row.name === name)
          const version = Math.max(0, ...before.map((row) => row.version)) + 1
          forget(store, before, isLive, clock.now())
          onKnown(name, value)
          const place = { serverId, name, version }
          const dataKey = createKey()
          store.create({
            ...place,
            delivery: as,
            keyId: key.id,
            wrappedKey: seal(key.bytes, dataKey, aboutKey(place)),
            sealed: seal(dataKey, value.revealBytes(), aboutValue(place)),
            fingerprint: fingerprintOf(fingerprintKey, value.revealBytes(), `${serverId}|${name}`),
            createdAt: clock.now(),
            createdBy: by,
          })
        }
      })
      const names = new Set(secrets.map(({ name }) => name))
      return listCurrent(serverId)
        .filter(({ name }) => names.has(name))
        .map(readFacts)
    },
    async remove(serverId, name, isLive) {
      return store.transaction(() => {
        const rows = store.list(serverId).filter((row) => row.name === name)
        forget(store, rows, isLive, clock.now())
        return rows.some(({ retiredAt }) => retiredAt === null)
      })
    },
    async open(serverId, which) {
      const wanted = (row: SecretRow) => (which === 'next' ? row.retiredAt === null : row.inUse)
      if (!store.list(serverId).some(wanted)) return []
      const found = await need()
      // Read again: a rotation may have come in between.
      const rows = store.list(serverId).filter(wanted)
      const opened = rows.map((row) => openRow(keys ?? found, row))
      const broken = rows.filter((_, index) => opened[index] === null).map(({ name }) => name)
      if (broken.length > 0) throw buildUnreadable(broken)
      return opened.filter((secret) => secret !== null)
    },
    async beginUse(serverId, secrets, how) {
      store.transaction(() => {
        for (const row of store.list(serverId)) {
          const isUsed = secrets.some(({ name, version }) => name === row.name && version === row.version)
          if (!isUsed && how === 'beside') continue
          if (row.retiredAt !== null && !isUsed) store.remove(row)
          else if (row.inUse !== isUsed) store.setInUse(row, isUsed)
        }
      })
    },
    async endUse(serverId) {
      if (!store.list(serverId).some(({ retiredAt }) => retiredAt !== null)) return
      store.transaction(() => {
        for (const row of store.list(serverId)) if (row.retiredAt !== null) store.remove(row)
      })
    },
    rotateKey() {
      const turn = rotating.then(rotate, rotate)
      rotating = turn
      return turn
    },
    status: async () => describeStatus(source, await unlock()),
    seal: async (value, about) => seal(boxKeyOf(await need()), value.revealBytes(), `${TENANT}|${about}`),
    async unseal(sealed, about) {
      const opened = unseal(boxKeyOf(await need()), sealed, `${TENANT}|${about}`)
      return opened === null ? null : new Secret(opened)
    },
  }
}

/** The key beside the one of the platform stays the same when that one is rotated; it is wrapped by it as all others are. */
function boxKeyOf({ fingerprintKey }: Keys): Buffer {
  return createHmac('sha256', fingerprintKey).update('haivemind box').digest()
}

/** What a running instance holds is kept until it is gone, so that it can still be masked. */
function forget(store: SecretStore, rows: readonly SecretRow[], isLive: boolean, now: number): void {
  for (const row of rows) {
    if (!row.inUse || !isLive) store.remove(row)
    else if (row.retiredAt === null) store.retire(row, now)
  }
}

async function makeKey(source: KeySource): Promise<Key> {
  try {
    return await source.make()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw buildLocked(`The key file cannot be written (${code ?? 'unknown'}).`)
  }
}

type Place = Pick<SecretRow, 'serverId' | 'name' | 'version'>

function aboutValue({ serverId, name, version }: Place): string {
  return `${TENANT}|${serverId}|${name}|${version}`
}

function aboutKey(place: Place): string {
  return `key|${aboutValue(place)}`
}

function aboutVault(keyId: string): string {
  return `vault|${keyId}`
}

function readFacts({
  name,
  version,
  delivery,
  fingerprint,
  createdAt,
  createdBy,
  inUse,
}: SecretFactsRow): SecretFacts {
  return { name, version, as: delivery, fingerprint, createdAt, createdBy, inUse }
}

function describeMismatch(key: Key | null, problem: string | null, wanted: string): string {
  if (key === null) return `${problem ?? 'The key cannot be used.'} The secrets need the key ${wanted}.`
  return `The key ${key.id} is not the one that the secrets need, which is ${wanted}.`
}

function describeStatus(
  { place }: KeySource,
  found: Keys | { readonly problem: string } | null,
): VaultStatus {
  if (found === null) return { state: 'unused', keyId: null, place, problem: null }
  if ('problem' in found) return { state: 'locked', keyId: null, place, problem: found.problem }
  return { state: 'ready', keyId: found.key.id, place, problem: null }
}

function buildLocked(problem: string): AppError {
  return new AppError('keys_locked', `The secrets are locked. ${problem}`)
}

function buildUnreadable(names: readonly string[]): AppError {
  const list = names.join(', ')
  return new AppError(
    'secret_unreadable',
    `What is stored of ${list} was changed or damaged, and is not used.`,
    { hint: `Set it again: haivemind secret set <name> ${names[0] ?? ''}.`, details: { secrets: names } },
  )
}
