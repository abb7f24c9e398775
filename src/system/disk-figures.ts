/** How much space there is, and how much of it files take. */
import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes that this process may still write at `path`, and the size of the file system; null where it cannot be asked. */
export async function readDiskSpace(
  path: string,
): Promise<{ readonly freeBytes: number; readonly sizeBytes: number } | null> {
  const found = await statfs(path).catch(() => null)
  if (found === null) return null
  return { freeBytes: found.bavail * found.bsize, sizeBytes: found.blocks * found.bsize }
}

/** When the newest file directly in `folder` was written, milliseconds since the epoch; 0 where there is none. */
export async function readNewestTime(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  const times = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  )
  return Math.max(0, ...times)
}

/** Together; one that is not there has none. */
export async function readFileSizes(paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
