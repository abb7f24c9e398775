/** The rows of the vault: sealed values and wrapped keys, which say nothing without the key that is not in here. */
import { z } from 'zod'
import type { ServerId } from '../../domain/id.ts'
import { SECRET_DELIVERIES } from '../../domain/secret-declaration.ts'
import { integer, serverId } from './columns.ts'
import type { Database, Row } from './database.ts'

const blob = z.custom<Uint8Array>((value) => value instanceof Uint8Array)
const row = z.object({
  server_id: serverId,
  name: z.string(),
  version: integer,
  delivery: z.enum(SECRET_DELIVERIES),
  wrapped_key: blob,
  sealed: blob,
  fingerprint: z.string(),
  in_use: integer,
  retired_at: integer.nullable(),
  created_at: integer,
  created_by: z.string(),
})
const vaultRow = z.object({ key_id: z.string(), fingerprint_key: blob })

/** Without what is sealed. */
const factsRow = row.omit({ wrapped_key: true, sealed: true })

export type SecretRow = ReturnType<typeof parseSecret>
export type SecretFactsRow = ReturnType<typeof parseFacts>
export type NewSecretRow = Omit<SecretRow, 'inUse' | 'retiredAt'> & { readonly keyId: string }

function parseSecret(raw: Row) {
  const { wrapped_key, sealed } = row.parse(raw)
  return { ...parseFacts(raw), wrappedKey: wrapped_key, sealed } as const
}

function parseFacts(raw: Row) {
  const parsed = factsRow.parse(raw)
  return {
    serverId: parsed.server_id,
    name: parsed.name,
    version: parsed.version,
    delivery: parsed.delivery,
    fingerprint: parsed.fingerprint,
    /** The instance that was started last got this one. */
    inUse: parsed.in_use === 1,
    /** Replaced or removed, and kept only while an instance holds it, so that it can still be masked. */
    retiredAt: parsed.retired_at,
    createdAt: parsed.created_at,
    createdBy: parsed.created_by,
  } as const
}

/** Synchronous: the vault puts several of these into one transaction. */
export function createSecretStore(database: Database) {
  return {
    transaction: <T>(work: () => T): T => database.transaction(work),
    list: (ofServer: ServerId): readonly SecretRow[] =>
      database
        .all('SELECT * FROM secrets WHERE server_id = $ofServer ORDER BY name, version', { ofServer })
        .map(parseSecret),
    listFacts: (serverIds: readonly ServerId[]): readonly SecretFactsRow[] =>
      database
        .all(
          `SELECT server_id, name, version, delivery, fingerprint, in_use, retired_at, created_at, created_by
             FROM secrets WHERE server_id IN (SELECT value FROM json_each($ids)) ORDER BY name, version`,
          { ids: JSON.stringify(serverIds) },
        )
        .map(parseFacts),
    listAll: (): readonly SecretRow[] => database.all('SELECT * FROM secrets').map(parseSecret),
    create({ serverId: ofServer, ...secret }: NewSecretRow): void {
      database.run(
        `INSERT INTO secrets VALUES ($ofServer, $name, $version, $delivery, $keyId, $wrappedKey, $sealed,
           $fingerprint, 0, NULL, $createdAt, $createdBy)`,
        { ofServer, ...secret },
      )
    },
    remove({ serverId: ofServer, name, version }: Place): void {
      database.run(
        'DELETE FROM secrets WHERE server_id = $ofServer AND name = $name AND version = $version',
        { ofServer, name, version },
      )
    },
    retire({ serverId: ofServer, name, version }: Place, at: number): void {
      database.run(
        `UPDATE secrets SET retired_at = $at
           WHERE server_id = $ofServer AND name = $name AND version = $version`,
        { ofServer, name, version, at },
      )
    },
    setInUse({ serverId: ofServer, name, version }: Place, inUse: boolean): void {
      database.run(
        `UPDATE secrets SET in_use = $inUse
           WHERE server_id = $ofServer AND name = $name AND version = $version`,
        { ofServer, name, version, inUse: inUse ? 1 : 0 },
      )
    },
    rewrap({ serverId: ofServer, name, version }: Place, keyId: string, wrappedKey: Uint8Array): void {
      database.run(
        `UPDATE secrets SET key_id = $keyId, wrapped_key = $wrappedKey
           WHERE server_id = $ofServer AND name = $name AND version = $version`,
        { ofServer, name, version, keyId, wrappedKey },
      )
    },
    /** Which key is in force, and the key of the fingerprints wrapped by it; null before the first secret. */
    readVault(): { readonly keyId: string; readonly fingerprintKey: Uint8Array } | null {
      const found = database.get('SELECT * FROM vault')
      if (found === null) return null
      const { key_id, fingerprint_key } = vaultRow.parse(found)
      return { keyId: key_id, fingerprintKey: fingerprint_key }
    },
    writeVault(keyId: string, fingerprintKey: Uint8Array): void {
      database.run(
        `INSERT INTO vault VALUES (1, $keyId, $fingerprintKey)
           ON CONFLICT (id) DO UPDATE SET key_id = $keyId, fingerprint_key = $fingerprintKey`,
        { keyId, fingerprintKey },
      )
    },
    /** Empties the write-ahead log, in which earlier pages stand until they are written over. */
    forgetPages(): void {
      database.get('PRAGMA wal_checkpoint(TRUNCATE)')
    },
  }
}

type Place = Pick<SecretRow, 'serverId' | 'name' | 'version'>
export type SecretStore = ReturnType<typeof createSecretStore>
