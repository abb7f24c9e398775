/**
 * Keeps the manifests as the database is. What is behind is marked in the database by the very transaction that
 * changes a server or a version, and unmarked when the manifest is on the disk. So at every start, whatever is not
 * marked must agree, and what does not agree was changed or lost below the platform: see settle-manifests.ts.
 */
import type { Logger } from '../../system/log.ts'
import type { Database } from '../sqlite/database.ts'
import type { ManifestFiles } from './manifest-files.ts'
import { readManifestRows } from './manifest-rows.ts'

export type ManifestBook = {
  /** Writes what is behind. Rejects when it cannot; then it stays marked. */
  flush(): Promise<void>
}

/** For this connection alone, so that no migration which makes a table anew can lose them. */
const TRIGGERS = [
  ['servers', 'INSERT', 'NEW.id'],
  ['servers', 'UPDATE', 'NEW.id'],
  ['servers', 'DELETE', 'OLD.id'],
  ['versions', 'INSERT', 'NEW.server_id'],
  ['versions', 'UPDATE', 'NEW.server_id'],
  ['versions', 'DELETE', 'OLD.server_id'],
] as const

export function openManifestBook(
  database: Database,
  files: ManifestFiles,
  about: { readonly schema: number; readonly installation: string },
): ManifestBook {
  database.run(`INSERT INTO meta VALUES ('revision', '0') ON CONFLICT (key) DO NOTHING`)
  for (const [table, change, id] of TRIGGERS) {
    database.run(
      `CREATE TEMP TRIGGER manifest_${table}_${change.toLowerCase()} AFTER ${change} ON ${table} BEGIN
         UPDATE meta SET value = value + 1 WHERE key = 'revision';
         INSERT INTO manifest_changes SELECT ${id}, CAST(value AS INTEGER) FROM meta WHERE key = 'revision'
           ON CONFLICT (server_id) DO UPDATE SET changes = excluded.changes;
       END`,
    )
  }
  /** What was written last, so that the many changes of a state cost no file. */
  const written = new Map<string, string>()
  let turn: Promise<void> = Promise.resolve()

  const write = async (serverId: string, changes: number) => {
    const manifest = readManifestRows(database, serverId, about)
    const text = JSON.stringify(manifest)
    if (manifest === null) {
      await files.remove(serverId)
      written.delete(serverId)
    } else if (written.get(serverId) !== text) {
      await files.write({ ...manifest, revision: changes })
      written.set(serverId, text)
    }
    // One that was changed again meanwhile stays marked. Lost in a power failure, the mark costs one more write.
    database.unsyncedTransaction(() =>
      database.run('DELETE FROM manifest_changes WHERE server_id = $serverId AND changes = $changes', {
        serverId,
        changes,
      }),
    )
  }

  const writeAll = async () => {
    for (let rows = listMarked(database); rows.length > 0; rows = listMarked(database)) {
      for (const { serverId, changes } of rows) await write(serverId, changes)
    }
  }

  return {
    flush() {
      if (listMarked(database).length === 0) return turn
      const next = turn.catch(() => {}).then(writeAll)
      turn = next
      return next
    },
  }
}

/** Each with the revision of the database at its last change. */
export function listMarked(
  database: Pick<Database, 'all'>,
): readonly { readonly serverId: string; readonly changes: number }[] {
  return database
    .all('SELECT server_id, changes FROM manifest_changes')
    .map(({ server_id, changes }) => ({ serverId: String(server_id), changes: Number(changes) }))
}

/**
 * The store as it is, except that each change waits for the manifests: what is acknowledged is in both. What makes
 * something is undone where its manifest cannot be written; every other change stays, and its manifest follows.
 */
export function keepManifests<
  I,
  T extends { create(made: { id: I }): Promise<void>; remove(id: I): Promise<void> },
>(store: T, book: ManifestBook, log: Logger): T {
  const wrapped = Object.entries(store).map(([name, method]: [string, unknown]) => {
    const run = method as (...given: readonly unknown[]) => Promise<unknown>
    if (/^(?:find|list)/.test(name)) return [name, run]
    return [
      name,
      async (...given: readonly unknown[]) => {
        const answer = await run(...given)
        try {
          await book.flush()
        } catch (err) {
          if (name === 'create') {
            await store.remove((given[0] as { id: I }).id)
            throw err
          }
          log.error('a manifest could not be written; the next change tries again', { err })
        }
        return answer
      },
    ]
  })
  return Object.fromEntries(wrapped) as T
}
