/** The directories that a deployment works in. What is in them belongs to nobody once the daemon has gone. */
import { mkdir, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isBelow, removeTree } from '../system/files.ts'
import { createToken } from '../system/random.ts'

export interface Staging {
  /** A fresh 0700 directory for `work`, removed whatever happens. */
  use<T>(work: (directory: string) => Promise<T>): Promise<T>
  /** Where the next archive goes; in use until `removeUpload`. */
  openUpload(): string
  /** Idempotent. */
  removeUpload(path: string): Promise<void>
  /** Names of what nobody works with any more. */
  listLeftUploads(): Promise<readonly string[]>
  listLeftWork(): Promise<readonly string[]>
  uploadPathOf(name: string): string
  workPathOf(name: string): string
  /** Nothing where somebody works with it. */
  removeLeftUpload(name: string): Promise<void>
  removeLeftWork(name: string): Promise<void>
}

/** Empties both directories first: whoever wrote there died before it ended. One daemon owns them at a time. */
export async function openStaging(stagingDir: string, uploadsDir: string): Promise<Staging> {
  for (const directory of [stagingDir, uploadsDir]) {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    for (const name of await readdir(directory)) await removeTree(directory, join(directory, name))
  }
  const uploads = new Set<string>()
  const works = new Set<string>()
  const listLeft = async (root: string, used: ReadonlySet<string>) =>
    (await readdir(root)).filter((name) => !used.has(join(root, name)))
  const removeLeft = async (root: string, used: ReadonlySet<string>, name: string) => {
    if (!used.has(join(root, name))) await removeTree(root, join(root, name))
  }
  return {
    async use(work) {
      const directory = join(stagingDir, `deploy-${createToken(9)}`)
      works.add(directory)
      try {
        await mkdir(directory, { mode: 0o700 })
        return await work(directory)
      } finally {
        // Where the disk fails it is left over, for a later clean-up.
        works.delete(directory)
        await removeTree(stagingDir, directory)
      }
    },
    openUpload() {
      const path = join(uploadsDir, `${createToken(12)}.upload`)
      uploads.add(path)
      return path
    },
    async removeUpload(path) {
      if (!isBelow(uploadsDir, path)) throw new Error(`${path} is no upload`)
      uploads.delete(path)
      await unlink(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    },
    listLeftUploads: () => listLeft(uploadsDir, uploads),
    listLeftWork: () => listLeft(stagingDir, works),
    uploadPathOf: (name) => join(uploadsDir, name),
    workPathOf: (name) => join(stagingDir, name),
    removeLeftUpload: (name) => removeLeft(uploadsDir, uploads, name),
    removeLeftWork: (name) => removeLeft(stagingDir, works, name),
  }
}
