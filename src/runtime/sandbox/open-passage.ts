/**
 * Tier `user` has no mounts: a server's uid reaches its files by their host paths, through every folder above them.
 * The platform's own folders are opened for passing, not for listing; another's are not touched.
 */
import { chmod, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../domain/error.ts'
import { isBelow } from '../../system/files.ts'

/** Throws AppError `sandbox_failed` naming the folder that is closed. @param own the platform's data directory. */
export async function openPassage(own: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) {
      const { mode } = await stat(folder)
      if ((mode & 0o001) !== 0) continue
      if (folder !== own && !isBelow(own, folder)) {
        throw new AppError(
          'sandbox_failed',
          `Servers have users of their own, which cannot enter ${folder}.`,
          {
            hint: `Keep the data directory where other users may pass, or chmod o+x ${folder}.`,
          },
        )
      }
      await chmod(folder, (mode & 0o7777) | 0o001)
    }
  }
}
