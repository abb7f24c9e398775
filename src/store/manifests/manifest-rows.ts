/** Manifests out of the database, and back into it. */
import type { Database } from '../sqlite/database.ts'
import type { Manifest, ManifestRow } from './manifest-text.ts'

/** What a server is at the moment, not what it is: a rebuilt one begins stopped. */
const MOMENTARY = ['last_state', 'restarts'] as const
const BEGIN: ManifestRow = { last_state: '{"kind":"stopped","lastExit":null}', restarts: 0 }

export function readManifestRows(
  database: Database,
  serverId: string,
  about: Pick<Manifest, 'schema' | 'installation'>,
): Manifest | null {
  const server = database.get('SELECT * FROM servers WHERE id = $serverId', { serverId })
  if (server === null) return null
  const versions = database.all('SELECT * FROM versions WHERE server_id = $serverId ORDER BY number', {
    serverId,
  })
  const lasting = Object.entries(server).filter(([name]) => !(MOMENTARY as readonly string[]).includes(name))
  return {
    format: 1,
    ...about,
    server: Object.fromEntries(lasting) as Manifest['server'],
    versions: versions.map((row) => ({ ...row }) as Manifest['versions'][number]),
  }
}

/** The server and its versions are afterwards as the manifest says, and no version is there besides. */
export function writeManifestRows(database: Database, { server, versions }: Manifest): void {
  database.transaction(() => {
    const names = new Set(versions.map(({ id }) => id))
    for (const { id } of database.all('SELECT id FROM versions WHERE server_id = $id', { id: server.id })) {
      if (!names.has(String(id))) database.run('DELETE FROM versions WHERE id = $id', { id: String(id) })
    }
    upsert(database, 'servers', server, BEGIN)
    for (const version of versions) upsert(database, 'versions', { ...version, server_id: server.id }, {})
    const uid = server['uid']
    if (typeof uid !== 'number') return
    database.run('DELETE FROM uids WHERE server_id = $id OR uid = $uid', { id: server.id, uid })
    database.run('INSERT INTO uids VALUES ($uid, $id)', { id: server.id, uid })
  })
}

/** @param first for a row that is made, besides what `row` says */
function upsert(
  database: Database,
  table: 'servers' | 'versions',
  row: ManifestRow,
  first: ManifestRow,
): void {
  const known = new Set(database.all(`PRAGMA table_info(${table})`).map(({ name }) => String(name)))
  const columns = Object.keys(row).filter((name) => known.has(name))
  const all = { ...first, ...Object.fromEntries(columns.map((name) => [name, row[name] ?? null])) }
  const names = Object.keys(all)
  database.run(
    `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((name) => `$${name}`).join(', ')})
       ON CONFLICT (id) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    all,
  )
}
