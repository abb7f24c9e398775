/**
 * At start, manifests against database. A server that is marked has its truth in the database: the daemon ended before
 * it could write the manifest. Its manifest speaks of a later revision all the same? Then the database was set back, to a
 * moment at which the server was marked. For every other one both were the same when they were written, so a difference was made
 * below the platform: a page that went bad, a write-ahead log that was cut. Then the sealed manifest is right.
 */
import type { Logger } from '../../system/log.ts'
import type { Database } from '../sqlite/database.ts'
import { listMarked } from './manifest-book.ts'
import type { ManifestFiles } from './manifest-files.ts'
import { readManifestRows, writeManifestRows } from './manifest-rows.ts'
import type { FoundManifest, Manifest } from './manifest-text.ts'

export type Settled = {
  /** Names of servers whose records were taken from their manifests. */
  readonly restored: readonly string[]
  /** Names of servers that the database has and that no manifest speaks of: stopped, since they were deleted perhaps. */
  readonly doubtful: readonly string[]
}

type Deps = {
  readonly database: Database
  readonly files: ManifestFiles
  readonly about: Pick<Manifest, 'schema' | 'installation'>
  readonly log: Logger
}

/** Marks what is to be written anew; the next flush of the book writes it. */
export async function settleManifests({ database, files, about, log }: Deps): Promise<Settled> {
  const { found, unreadable } = await files.readAll()
  const { marked, isSetBack } = readMarks(database, found)
  const isFirst = database.get(`SELECT value FROM meta WHERE key = 'manifests'`) === null
  const servers = database
    .all('SELECT id, name FROM servers')
    .map(({ id, name }) => [String(id), String(name)])
  const names = new Map(servers.map(([id = '', name = '']) => [id, name]))
  const restored: string[] = []
  const doubtful: string[] = []
  const mark = (id: string) =>
    database.run(
      `INSERT INTO manifest_changes SELECT $id, CAST(value AS INTEGER) FROM meta WHERE key = 'revision'
         ON CONFLICT (server_id) DO UPDATE SET changes = excluded.changes`,
      { id },
    )

  for (const [id, each] of found) {
    if (marked.has(id)) continue
    if (!each.isAuthentic) {
      // With the key of another data directory, or changed: no reason to believe it more than the database.
      if (!names.has(id)) log.error('a manifest of a server that is not known is not this platform’s', { id })
      else mark(id)
      continue
    }
    const { manifest } = each
    const rows = readManifestRows(database, id, about)
    if (rows !== null && (manifest.schema !== about.schema || manifest.installation !== about.installation)) {
      mark(id)
      continue
    }
    if (rows !== null && isSame(rows, manifest)) continue
    try {
      restore(database, manifest, { found, marked })
    } catch (err) {
      log.error('a manifest could not be taken over', { server: manifest.server.name, err })
      continue
    }
    mark(id)
    restored.push(manifest.server.name)
    log.error('the database is not as it was written; a server is as its manifest says', {
      server: manifest.server.name,
      was: rows === null ? 'missing' : 'changed',
    })
  }
  for (const [id, name] of names) {
    if (found.has(id) || (marked.has(id) && !isSetBack)) continue
    mark(id)
    if (isFirst || unreadable.includes(id)) continue
    if (database.run(`UPDATE servers SET desired = 'stopped' WHERE id = $id`, { id }) === 0) continue
    doubtful.push(name)
    log.error('a server has no manifest: it was deleted, or somebody removed the file; it stays stopped', {
      server: name,
    })
  }
  if (isFirst) database.run(`INSERT INTO meta VALUES ('manifests', '1')`)
  return { restored, doubtful }
}

/** Those that are marked rightly; and the database counts on from the latest revision of which anything is known. */
function readMarks(database: Database, found: ReadonlyMap<string, FoundManifest>) {
  const revisionOf = (id: string) => {
    const each = found.get(id)
    return each?.isAuthentic === true ? (each.manifest.revision ?? 0) : 0
  }
  const latest = Math.max(0, ...[...found.keys()].map(revisionOf))
  const own = Number(database.get(`SELECT value FROM meta WHERE key = 'revision'`)?.['value'] ?? 0)
  database.run(`UPDATE meta SET value = $value WHERE key = 'revision'`, {
    value: String(Math.max(latest, own) + 1),
  })
  const marks = listMarked(database).filter(({ serverId, changes }) => revisionOf(serverId) <= changes)
  return { marked: new Set(marks.map(({ serverId }) => serverId)), isSetBack: latest > own }
}

function isSame(one: Manifest, other: Manifest): boolean {
  const text = ({ server, versions }: Manifest) =>
    JSON.stringify(
      [server, ...versions].map((row) => Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))),
    )
  return text(one) === text(other)
}

/** Another server that has the name and no manifest was deleted: its name was given again. */
function restore(
  database: Database,
  manifest: Manifest,
  known: { readonly found: ReadonlyMap<string, FoundManifest>; readonly marked: ReadonlySet<string> },
): void {
  const { id, name } = manifest.server
  const holder = database.get('SELECT id FROM servers WHERE name = $name AND id <> $id', { name, id })
  const other = holder === null ? null : String(holder['id'])
  if (other !== null && !known.found.has(other) && !known.marked.has(other)) {
    database.run('DELETE FROM servers WHERE id = $other', { other })
  }
  writeManifestRows(database, manifest)
}
