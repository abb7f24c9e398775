/**
 * A database that is gone or damaged, made anew from the manifests beside the stored versions. Fail closed: a manifest
 * that is not sealed with this data directory's key lists its server, and none of its versions runs until an
 * administrator approves it; and what was held to its pins is held, since they are lost.
 */
import { join } from 'node:path'
import { SERVER_NAME } from '../../domain/id.ts'
import { isThere } from '../../system/files.ts'
import type { Logger } from '../../system/log.ts'
import type { ManifestFiles } from '../manifests/manifest-files.ts'
import { writeManifestRows } from '../manifests/manifest-rows.ts'
import type { FoundManifest, Manifest, ManifestRow } from '../manifests/manifest-text.ts'
import { openDatabase, type Database } from '../sqlite/database.ts'

export type Rebuilt = {
  readonly servers: readonly string[]
  readonly versions: number
  /** Names of servers of which a version waits for approval now. */
  readonly held: readonly string[]
  /** `name version`: its files are not stored any more. */
  readonly missing: readonly string[]
  /** Ids of servers of which nothing could be read. */
  readonly unreadable: readonly string[]
}

type Deps = {
  /** Where the new database is made; nothing is there. */
  readonly path: string
  readonly files: ManifestFiles
  /** Holds a tree for each version, by its hash. */
  readonly treesDir: string
  readonly log: Logger
}

export async function rebuildDatabase({ path, files, treesDir, log }: Deps): Promise<Rebuilt> {
  const { found, unreadable } = await files.readAll()
  const database = openDatabase(path)
  const rebuilt = { servers: [] as string[], versions: 0, held: [] as string[], missing: [] as string[] }
  const broken = [...unreadable]
  try {
    keepInstallation(database, [...found.values()])
    // Those that can be trusted first: a name or a uid that two claim is theirs.
    for (const each of [...found.values()].sort((a, b) => Number(b.isAuthentic) - Number(a.isAuthentic))) {
      const { manifest, isHeld, missing } = await judge(each, treesDir)
      const { name } = manifest.server
      try {
        if (hasName(database, name)) throw new Error(`two manifests are of a server named ${name}`)
        const taken = manifest.versions.find(({ id }) => hasVersion(database, id))
        if (taken !== undefined) throw new Error(`two manifests are of the version ${taken.id}`)
        if (!SERVER_NAME.test(name)) throw new Error('its name is none that a server may have')
        writeManifestRows(database, manifest)
      } catch (err) {
        log.error('a server could not be taken over from its manifest', { server: name, err })
        broken.push(manifest.server.id)
        continue
      }
      rebuilt.servers.push(name)
      rebuilt.versions += manifest.versions.length
      if (isHeld) rebuilt.held.push(name)
      rebuilt.missing.push(...missing)
    }
    database.run(`INSERT INTO meta VALUES ('manifests', '1')`)
    // From here on the database is right: what was held or taken out is written into the manifests next.
    const revision =
      1 +
      Math.max(
        0,
        ...[...found.values()].map(({ manifest, isAuthentic }) =>
          isAuthentic ? (manifest.revision ?? 0) : 0,
        ),
      )
    database.run(`INSERT INTO meta VALUES ('revision', $value)`, { value: String(revision) })
    database.run('INSERT INTO manifest_changes SELECT id, $revision FROM servers', { revision })
  } finally {
    database.close()
  }
  return { ...rebuilt, unreadable: broken }
}

/** The folders of this installation bear its name. */
function keepInstallation(database: Database, found: readonly FoundManifest[]): void {
  const own = found.find(({ isAuthentic }) => isAuthentic) ?? null
  if (own === null) return
  const value = own.manifest.installation
  database.run(`INSERT INTO meta VALUES ('installation', $value)`, { value })
}

const hasName = (database: Database, name: string) =>
  database.get('SELECT 1 FROM servers WHERE name = $name', { name }) !== null

const hasVersion = (database: Database, id: string) =>
  database.get('SELECT 1 FROM versions WHERE id = $id', { id }) !== null

async function judge(found: FoundManifest, treesDir: string) {
  const { manifest, isAuthentic } = found
  const missing: string[] = []
  const versions: Manifest['versions'] = []
  for (const version of manifest.versions) {
    if (await isThere(join(treesDir, version.tree_hash))) versions.push(version)
    else missing.push(`${manifest.server.name} ${String(version['number'])}`)
  }
  const holds = versions.map((version) => !isAuthentic || isPinned(manifest.server, version))
  const active = versions.some(({ id }) => id === manifest.server['active_version'])
  const server = {
    ...manifest.server,
    ...(active ? {} : { active_version: null }),
    ...(isAuthentic && active ? {} : { desired: 'stopped' }),
    // Whoever made it up could name another server's.
    ...(isAuthentic ? {} : { uid: null }),
  }
  return {
    manifest: {
      ...manifest,
      server,
      versions: versions.map((version, n) => (holds[n] === true ? { ...version, review: PENDING } : version)),
    },
    isHeld: holds.includes(true),
    missing,
  }
}

const PENDING = '{"state":"pending"}'

/** Would refuse definitions that were not accepted; the first to be seen again would be taken for accepted. */
function isPinned(server: ManifestRow, version: ManifestRow): boolean {
  const own = readPin(server['overrides'])
  return (own ?? readPin(version['config'])) === 'block'
}

function readPin(text: ManifestRow[string] | undefined): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return (JSON.parse(text) as { readonly pin?: unknown } | null)?.pin
  } catch {
    return 'block'
  }
}
