/** The directories that a deployment works in. What is in them belongs to nobody once the daemon has gone. */
import { mkdir, mkdtemp, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isBelow, removeTree } from '../system/files.ts'

export interface Staging {
  /** A fresh 0700 directory for `work`, removed whatever happens. */
  use<T>(work: (directory: string) => Promise<T>): Promise<T>
  /** Idempotent. */
  removeUpload(path: string): Promise<void>
}

/** Empties both directories first: whoever wrote there died before it ended. One daemon owns them at a time. */
export async function openStaging(stagingDir: string, uploadsDir: string): Promise<Staging> {
  for (const directory of [stagingDir, uploadsDir]) {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    for (const name of await readdir(directory)) await removeTree(directory, join(directory, name))
  }
  return {
    async use(work) {
      const directory = await mkdtemp(join(stagingDir, 'deploy-'))
      try {
        return await work(directory)
      } finally {
        await removeTree(stagingDir, directory)
      }
    },
    async removeUpload(path) {
      if (!isBelow(uploadsDir, path)) throw new Error(`${path} is no upload`)
      await unlink(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    },
  }
}
