/** One file a server, in a folder beside the stored versions. */
import { readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../domain/error.ts'
import { makeDirectoryDurable, syncDirectory, writeFileDurable } from '../../system/files.ts'
import { parseManifest, renderManifest, type FoundManifest, type Manifest } from './manifest-text.ts'

export const MANIFESTS_FOLDER = 'manifests'
const NAME = /^(srv_[0-9A-Z]{26})\.json$/
/** A thousand versions of one server have a tenth of it. */
const MAX_BYTES = 32 * 1024 * 1024

export interface ManifestFiles {
  write(manifest: Manifest): Promise<void>
  remove(serverId: string): Promise<void>
  /** By server; `unreadable` are those that say nothing. */
  readAll(): Promise<{
    readonly found: ReadonlyMap<string, FoundManifest>
    readonly unreadable: readonly string[]
  }>
}

/** @param key of this data directory */
export function createManifestFiles(serversDir: string, key: Buffer): ManifestFiles {
  const dir = join(serversDir, MANIFESTS_FOLDER)
  const pathOf = (serverId: string) => join(dir, `${serverId}.json`)
  return {
    async write(manifest) {
      try {
        await makeDirectoryDurable(dir, 0o700)
        await writeFileDurable(pathOf(manifest.server.id), renderManifest(manifest, key), 0o600)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
        throw new AppError('disk_full', 'The disk of servers_dir is full.', { cause: error })
      }
    },
    async remove(serverId) {
      try {
        await unlink(pathOf(serverId))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
        throw error
      }
      await syncDirectory(dir)
    },
    async readAll() {
      const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return []
        throw error
      })
      const found = new Map<string, FoundManifest>()
      const unreadable: string[] = []
      for (const name of names) {
        const id = NAME.exec(name)?.[1]
        // A temporary file of a write that was cut short is none.
        if (id === undefined) continue
        const read = await readManifest(join(dir, name), key)
        // One that was renamed speaks of another server.
        if (read === null || read.manifest.server.id !== id) unreadable.push(id)
        else found.set(id, read)
      }
      return { found, unreadable }
    },
  }
}

async function readManifest(path: string, key: Buffer): Promise<FoundManifest | null> {
  const text = await readFile(path, 'utf8')
  return text.length > MAX_BYTES ? null : parseManifest(text, key)
}
