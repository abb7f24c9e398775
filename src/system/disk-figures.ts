/** How much space there is, and how much of it files take. */
import { stat, statfs } from 'node:fs/promises'

/** Bytes that this process may still write at `path`, and the size of the file system; null where it cannot be asked. */
export async function readDiskSpace(
  path: string,
): Promise<{ readonly freeBytes: number; readonly sizeBytes: number } | null> {
  const found = await statfs(path).catch(() => null)
  if (found === null) return null
  return { freeBytes: found.bavail * found.bsize, sizeBytes: found.blocks * found.bsize }
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
