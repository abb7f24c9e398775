import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, chmodSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildId, type ServerId } from '../../domain/id.ts'
import { Secret } from '../../domain/secret.ts'
import type { NewSecret } from '../../hosting/ports.ts'
import { openDatabase, type Database } from '../sqlite/database.ts'
import { createSecretStore } from '../sqlite/secret-store.ts'
import { createKeySource, parseKey } from './key-source.ts'
import { createVault } from './vault.ts'

let folder: string
let database: Database
const A = buildId('srv', 0, Buffer.alloc(16, 1))
const B = buildId('srv', 0, Buffer.alloc(16, 2))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vault-'))
  database = openDatabase(join(folder, 'test.db'))
  for (const [id, name] of [
    [A, 'a'],
    [B, 'b'],
  ]) {
    database.run(
      `INSERT INTO servers (id, name, desired, active_version, uid, overrides, last_state, restarts, created_at,
         updated_at) VALUES ($id, $name, 'stopped', NULL, NULL, '{}', '{"kind":"stopped","lastExit":null}', 0, 0, 0)`,
      { id: id!, name: name! },
    )
  }
})
afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true, force: true })
})

const keyFile = () => join(folder, 'secrets.key')
async function openVault(environment: Readonly<Record<string, string>> = {}) {
  return createVault({
    store: createSecretStore(database),
    source: createKeySource(keyFile(), environment),
    clock: { now: () => 1000, monotonic: () => 0, after: () => () => {} },
    onKnown: () => {},
  })
}
type Vault = Awaited<ReturnType<typeof openVault>>

const secret = (name: string, value: string): NewSecret => ({
  name,
  value: new Secret(value),
  as: 'environment',
})
const read = async (vault: Vault, id: ServerId = A, which: 'next' | 'running' = 'next') =>
  (await vault.open(id, which)).map(({ name, value, version }) => `${name}@${version}=${value.reveal()}`)

describe('at rest', () => {
  it('needs no key before the first secret, and makes one for its owner alone then', async () => {
    const vault = await openVault()
    expect(await vault.open(A, 'next')).toEqual([])
    expect((await vault.status()).state).toBe('unused')
    expect(existsSync(keyFile())).toBe(false)
    await vault.set(A, [secret('KEY', 'first-value')], 'alice', false)
    expect(statSync(keyFile()).mode & 0o777).toBe(0o600)
    expect(readFileSync(keyFile())).toHaveLength(32)
    expect(await read(await openVault())).toEqual(['KEY@1=first-value'])
    expect(await vault.status()).toMatchObject({ state: 'ready' })
  })

  it('tells versions and fingerprints, and nothing of the value', async () => {
    const vault = await openVault()
    const [one] = await vault.set(A, [secret('KEY', 'same-value')], 'alice', false)
    const [two] = await vault.set(A, [secret('KEY', 'same-value')], 'alice', false)
    const [three] = await vault.set(A, [secret('KEY', 'other-value')], 'bob', false)
    const [elsewhere] = await vault.set(B, [secret('KEY', 'same-value')], 'alice', false)
    expect([one?.version, two?.version, three?.version]).toEqual([1, 2, 3])
    expect(two?.fingerprint).toBe(one?.fingerprint)
    expect(new Set([one, three, elsewhere].map((facts) => facts?.fingerprint)).size).toBe(3)
    expect(await vault.list(A)).toEqual([
      {
        name: 'KEY',
        version: 3,
        as: 'environment',
        fingerprint: three?.fingerprint,
        createdAt: 1000,
        createdBy: 'bob',
        inUse: false,
      },
    ])
  })

  it('refuses a value of which one bit was changed, and names the secret', async () => {
    const vault = await openVault()
    await vault.set(A, [secret('GOOD', 'good-value'), secret('BAD', 'bad-value')], 'alice', false)
    const sealed = database.get(`SELECT sealed FROM secrets WHERE name = 'BAD'`)?.['sealed'] as Uint8Array
    for (const at of [0, 15, sealed.length - 1]) {
      const changed = Uint8Array.from(sealed)
      changed[at]! ^= 1
      database.run(`UPDATE secrets SET sealed = $changed WHERE name = 'BAD'`, { changed })
      await expect(vault.open(A, 'next')).rejects.toMatchObject({
        code: 'secret_unreadable',
        details: { secrets: ['BAD'] },
      })
    }
  })

  it('refuses values that were put in the place of each other', async () => {
    const vault = await openVault()
    await vault.set(A, [secret('ONE', 'value-one'), secret('TWO', 'value-two')], 'alice', false)
    const rows = database.all('SELECT name, wrapped_key, sealed FROM secrets') as readonly {
      readonly name: string
      readonly wrapped_key: Uint8Array
      readonly sealed: Uint8Array
    }[]
    for (const { name, wrapped_key: wrapped, sealed } of rows) {
      database.run('UPDATE secrets SET wrapped_key = $wrapped, sealed = $sealed WHERE name <> $name', {
        name,
        wrapped,
        sealed,
      })
    }
    await expect(vault.open(A, 'next')).rejects.toMatchObject({ details: { secrets: ['ONE', 'TWO'] } })
  })

  it('goes with its server', async () => {
    const vault = await openVault()
    await vault.set(A, [secret('KEY', 'first-value')], 'alice', false)
    database.run('DELETE FROM servers WHERE id = $A', { A })
    expect(database.all('SELECT * FROM secrets')).toEqual([])
  })
})

describe('what a running instance holds', () => {
  it('is kept until the next one begins', async () => {
    const vault = await openVault()
    await vault.set(A, [secret('KEY', 'value-1')], 'alice', false)
    await vault.beginUse(A, await vault.open(A, 'next'), 'alone')
    await vault.set(A, [secret('KEY', 'value-2')], 'alice', true)
    await vault.set(A, [secret('KEY', 'value-3')], 'alice', true)
    expect(await read(vault)).toEqual(['KEY@3=value-3'])
    expect(await read(vault, A, 'running')).toEqual(['KEY@1=value-1'])
    expect(await vault.list(A)).toMatchObject([{ version: 3, inUse: false }])
    expect((await vault.listEach([A, B])).get(A)).toMatchObject({
      stored: [{ version: 3 }],
      hasRetired: true,
    })

    await vault.beginUse(A, await vault.open(A, 'next'), 'alone')
    expect(await read(vault, A, 'running')).toEqual(['KEY@3=value-3'])
    expect(database.all('SELECT * FROM secrets')).toHaveLength(1)
  })

  it('is gone at once where nothing runs', async () => {
    const vault = await openVault()
    await vault.set(A, [secret('KEY', 'value-1')], 'alice', false)
    await vault.beginUse(A, await vault.open(A, 'next'), 'alone')
    expect(await vault.remove(A, 'KEY', true)).toBe(true)
    expect(await vault.remove(A, 'KEY', true)).toBe(false)
    expect(database.all('SELECT * FROM secrets')).toHaveLength(1)
    await vault.endUse(A)
    expect(database.all('SELECT * FROM secrets')).toEqual([])
  })
})

describe('the key', () => {
  it.each([
    ['another one', () => writeFileSync(keyFile(), Buffer.alloc(32, 7)), 'is not the one'],
    ['too short', () => writeFileSync(keyFile(), 'short'), 'is not 32 bytes long'],
    ['missing', () => rmSync(keyFile()), 'is missing'],
    ['open to others', () => chmodSync(keyFile(), 0o644), 'chmod 600'],
  ])('that is %s locks, and nothing is deleted', async (_, spoil, why) => {
    await (await openVault()).set(A, [secret('KEY', 'first-value')], 'alice', false)
    const good = readFileSync(keyFile())
    spoil()
    const vault = await openVault()
    const locked = { code: 'keys_locked', message: expect.stringContaining(why) as string }
    await expect(vault.open(A, 'next')).rejects.toMatchObject(locked)
    await expect(vault.set(A, [secret('NEW', 'new-value')], 'alice', false)).rejects.toMatchObject(locked)
    await expect(vault.rotateKey()).rejects.toMatchObject(locked)
    expect(await vault.status()).toMatchObject({ state: 'locked' })
    expect(await vault.list(A)).toMatchObject([{ name: 'KEY' }])
    expect(await vault.open(B, 'next')).toEqual([])

    rmSync(keyFile(), { force: true })
    writeFileSync(keyFile(), good, { mode: 0o600 })
    expect(await read(vault)).toEqual(['KEY@1=first-value'])
  })

  it('comes as a credential or a variable, as bytes, hex or base64', async () => {
    const bytes = Buffer.alloc(32, 5)
    writeFileSync(join(folder, 'haivemind-secrets-key'), `${bytes.toString('base64')}\n`, { mode: 0o644 })
    const vault = await openVault({ CREDENTIALS_DIRECTORY: folder })
    await vault.set(A, [secret('KEY', 'first-value')], 'alice', false)
    expect(existsSync(keyFile())).toBe(false)
    expect(await read(await openVault({ HAIVEMIND_SECRETS_KEY: bytes.toString('hex') }))).toEqual([
      'KEY@1=first-value',
    ])
    expect(parseKey(bytes).key?.id).toBe(parseKey(Buffer.from(bytes.toString('base64url'))).key?.id)
    await expect(vault.rotateKey()).rejects.toMatchObject({ code: 'conflict' })
  })

  it('that was given before is replaced by the new one beside it', async () => {
    const [old, fresh] = [Buffer.alloc(32, 1).toString('hex'), Buffer.alloc(32, 2).toString('hex')]
    const before = await openVault({ HAIVEMIND_SECRETS_KEY: old })
    await before.set(A, [secret('KEY', 'first-value')], 'alice', false)
    const both = { HAIVEMIND_SECRETS_KEY: fresh, HAIVEMIND_SECRETS_KEY_PREVIOUS: old }
    expect(await read(await openVault(both))).toEqual(['KEY@1=first-value'])
    expect(await read(await openVault({ HAIVEMIND_SECRETS_KEY: fresh }))).toEqual(['KEY@1=first-value'])
    await expect((await openVault({ HAIVEMIND_SECRETS_KEY: old })).open(A, 'next')).rejects.toMatchObject({
      code: 'keys_locked',
    })
  })
})

describe('rotation', () => {
  it('wraps every key anew and leaves the old one useless', async () => {
    const vault = await openVault()
    await vault.set(A, [secret('KEY', 'value-a')], 'alice', false)
    await vault.set(B, [secret('KEY', 'value-b')], 'alice', false)
    const [before] = await vault.list(A)
    const oldKey = readFileSync(keyFile())
    const oldRows = database
      .all('SELECT wrapped_key FROM secrets')
      .map((row) => row['wrapped_key'] as Uint8Array)
    expect(await vault.rotateKey()).toMatchObject({ secrets: 2 })
    expect(await read(vault)).toEqual(['KEY@1=value-a'])
    expect(await read(await openVault(), B)).toEqual(['KEY@1=value-b'])
    expect((await vault.list(A))[0]).toEqual(before)
    expect(existsSync(`${keyFile()}.next`)).toBe(false)

    // What the old key could open is nowhere in the files any more.
    const files = ['test.db', 'test.db-wal'].map((name) => readFileSync(join(folder, name)))
    for (const row of oldRows) expect(files.some((bytes) => bytes.includes(row))).toBe(false)
    writeFileSync(keyFile(), oldKey)
    await expect((await openVault()).open(A, 'next')).rejects.toMatchObject({ code: 'keys_locked' })
  })

  it('loses nothing that is set while it goes on', async () => {
    const vault = await openVault()
    await vault.set(A, [secret('KEY', 'value-0')], 'alice', false)
    const rounds = Array.from({ length: 20 }, (_, index) => index + 1)
    await Promise.all(
      rounds.flatMap((round) => [
        vault.rotateKey(),
        vault.set(A, [secret('KEY', `value-${round}`)], 'alice', false),
        vault.open(A, 'next'),
      ]),
    )
    expect(await read(await openVault())).toEqual(['KEY@21=value-20'])
  })

  it('cut short before the database took it is as if it had not been', async () => {
    const vault = await openVault()
    await vault.set(A, [secret('KEY', 'value-a')], 'alice', false)
    writeFileSync(`${keyFile()}.next`, Buffer.alloc(32, 9), { mode: 0o600 })
    expect(await read(await openVault())).toEqual(['KEY@1=value-a'])
    expect(existsSync(`${keyFile()}.next`)).toBe(false)
  })

  it('cut short after the database took it is completed', async () => {
    const vault = await openVault()
    await vault.set(A, [secret('KEY', 'value-a')], 'alice', false)
    const old = readFileSync(keyFile())
    await vault.rotateKey()
    const fresh = readFileSync(keyFile())
    writeFileSync(`${keyFile()}.next`, fresh, { mode: 0o600 })
    writeFileSync(keyFile(), old)
    expect(await read(await openVault())).toEqual(['KEY@1=value-a'])
    expect(readFileSync(keyFile()).equals(fresh)).toBe(true)
    expect(existsSync(`${keyFile()}.next`)).toBe(false)
  })
})
