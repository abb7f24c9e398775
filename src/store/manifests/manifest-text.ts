/**
 * What a manifest says, and its seal. It holds the rows as they are in the database, so that a column which is added
 * is in it as well. The seal is a keyed hash: who can write a file but lacks the key makes none that counts.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { renderCanonicalJson } from '../../domain/canonical-json.ts'
import { decodeJson } from '../../domain/json.ts'

const cell = z.union([z.string(), z.number(), z.null()])
/** Names of columns become SQL: nothing but those that migrations make. */
const row = z.record(z.string().regex(/^[a-z][a-z_0-9]{0,63}$/), cell)
export type ManifestRow = z.infer<typeof row>

const content = z.strictObject({
  format: z.literal(1),
  /** Of the database that the rows come from. */
  schema: z.int().min(1),
  installation: z.string().min(1).max(200),
  /** Of the database when this was written: it only rises, so a database that says less was set back. */
  revision: z.int().min(0).optional(),
  server: row.and(z.object({ id: z.string(), name: z.string() })),
  versions: z.array(row.and(z.object({ id: z.string(), tree_hash: z.string().regex(/^[0-9a-f]{64}$/) }))),
})
export type Manifest = z.infer<typeof content>
const sealed = z.strictObject({ manifest: z.unknown(), seal: z.string() })

export type FoundManifest = {
  readonly manifest: Manifest
  /** Sealed with the key of this data directory, and unchanged since. */
  readonly isAuthentic: boolean
}

export function renderManifest(manifest: Manifest, key: Buffer): string {
  return `${JSON.stringify({ manifest, seal: sealOf(manifest, key) }, null, 2)}\n`
}

/** Null for what is no manifest. */
export function parseManifest(text: string, key: Buffer): FoundManifest | null {
  const outer = sealed.safeParse(decodeJson(text)).data
  const manifest = content.safeParse(outer?.manifest).data
  if (outer === undefined || manifest === undefined) return null
  const wanted = Buffer.from(sealOf(manifest, key))
  const given = Buffer.from(outer.seal)
  return { manifest, isAuthentic: wanted.length === given.length && timingSafeEqual(wanted, given) }
}

/** A key of its own, derived: what seals the state that clients carry seals nothing here. */
function sealOf(manifest: Manifest, key: Buffer): string {
  const own = createHmac('sha256', key).update('haivemind manifests').digest()
  return createHmac('sha256', own).update(renderCanonicalJson(manifest)).digest('hex')
}
