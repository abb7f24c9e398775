/**
 * Where neither the database nor a manifest is left: the manifests that the newest good backup holds. Fail closed: what was
 * deleted, stopped or refused since then is not known, so each server is stopped and each version waits for approval.
 * And nothing is lost by it: a backup that does not speak of everything which is stored is not taken, since a clean-up
 * removes what the database does not know.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { listServerFolders } from '../../system/files.ts'
import type { Logger } from '../../system/log.ts'
import { listBackups } from '../backup/backup-folder.ts'
import { readBackup } from '../backup/read-backup.ts'
import { MANIFESTS_FOLDER, type ManifestFiles } from '../manifests/manifest-files.ts'
import { parseManifest, type Manifest } from '../manifests/manifest-text.ts'

type Deps = {
  readonly backupsDir: string
  readonly serversDir: string
  readonly files: ManifestFiles
  /** Seals the manifests. */
  readonly key: Buffer
  readonly log: Logger
}

const PREFIX = `servers/${MANIFESTS_FOLDER}/`
const MAX_BYTES = 32 * 1024 * 1024
const PENDING = '{"state":"pending"}'

/** Writes them beside the stored versions, and answers the name of the backup; null, with nothing written, without one. */
export async function takeManifestsFromBackup(deps: Deps): Promise<string | null> {
  const { backupsDir, files, log } = deps
  const records = (await listBackups(backupsDir)).filter(({ kind }) => kind !== 'before_migration')
  for (const { name, path } of records) {
    try {
      const manifests = await readManifests(path, deps.key)
      const unknown = await findUnknown(manifests, deps.serversDir)
      if (manifests.length === 0) throw new Error('it holds no manifest of this data directory')
      if (unknown.length > 0) throw new Error(`it does not speak of ${unknown.slice(0, 5).join(', ')}`)
      for (const manifest of manifests) await files.write(hold(manifest))
      return name
    } catch (err) {
      log.error('a backup cannot stand in for the database', { backup: name, err })
    }
  }
  return null
}

/** Throws when anything in the backup is not as it was written. */
async function readManifests(path: string, key: Buffer): Promise<readonly Manifest[]> {
  const found: Manifest[] = []
  await readBackup(path, async (part, content) => {
    const isManifest = part.kind === 'file' && part.path.startsWith(PREFIX) && part.bytes <= MAX_BYTES
    const chunks: Buffer[] = []
    for await (const chunk of content) if (isManifest) chunks.push(chunk)
    const read = isManifest ? parseManifest(Buffer.concat(chunks).toString('utf8'), key) : null
    if (read?.isAuthentic === true) found.push(read.manifest)
  })
  return found
}

async function findUnknown(manifests: readonly Manifest[], serversDir: string): Promise<readonly string[]> {
  const ids = new Set<string>(manifests.map(({ server }) => server.id))
  const hashes = new Set(manifests.flatMap(({ versions }) => versions.map(({ tree_hash }) => tree_hash)))
  const trees: readonly string[] = await readdir(join(serversDir, 'store')).catch(() => [])
  const folders = await listServerFolders(join(serversDir, 'data'))
  return [
    ...folders.filter((id) => !ids.has(id)),
    ...trees.filter((name) => /^[0-9a-f]{64}$/.test(name) && !hashes.has(name)),
  ]
}

function hold(manifest: Manifest): Manifest {
  return {
    ...manifest,
    server: { ...manifest.server, desired: 'stopped' },
    versions: manifest.versions.map((version) => ({ ...version, review: PENDING })),
  }
}
