/** The last entry of a backup: what it is of, and the hash of everything before it. */
import { z } from 'zod'
import { decodeJson } from '../../domain/json.ts'
import { buildDamaged } from './tar-read.ts'

export const MANIFEST_NAME = 'manifest.json'
/** A million files. */
export const MAX_MANIFEST_BYTES = 256 * 1024 * 1024

const entry = z.strictObject({
  path: z.string().min(1),
  kind: z.enum(['file', 'directory', 'link']),
  mode: z.int(),
  bytes: z.int(),
  /** Of a file's content or a link's target; null for a directory. */
  sha256: z.string().nullable(),
})
export type BackupEntry = z.infer<typeof entry>

const manifest = z.strictObject({
  format: z.literal(1),
  /** Of the platform. */
  version: z.string(),
  created_at: z.iso.datetime(),
  /** `records`: the database and what stands beside it, without the versions' files. */
  scope: z.enum(['full', 'records']),
  with_data: z.boolean(),
  schema: z.int(),
  installation: z.string(),
  servers: z.int(),
  versions: z.int(),
  /** Which key opens the secrets; null when there are none. It is not in here. */
  secrets: z.strictObject({ count: z.int(), key_id: z.string() }).nullable(),
  /** Left out, with the reason. */
  skipped: z.array(z.strictObject({ path: z.string(), why: z.string() })),
  entries: z.array(entry),
})
export type BackupManifest = z.infer<typeof manifest>

export function parseBackupManifest(text: string): BackupManifest {
  const found = manifest.safeParse(decodeJson(text))
  if (found.success) return found.data
  throw buildDamaged('its manifest is not one that this release writes')
}
