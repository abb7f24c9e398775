/** How much space there is, how much of it files take, and whether it is this machine's. */
import { stat, statfs } from 'node:fs/promises'

/** Bytes that this process may still write at `path`, and the size of the file system; null where it cannot be asked. */
export async function readDiskSpace(
  path: string,
): Promise<{ readonly freeBytes: number; readonly sizeBytes: number } | null> {
  const found = await statfs(path).catch(() => null)
  if (found === null) return null
  return { freeBytes: found.bavail * found.bsize, sizeBytes: found.blocks * found.bsize }
}

/** statfs(2). SQLite's locks and shared memory do not hold over a network (sqlite.org/wal.html). */
const REMOTE: Readonly<Record<number, string>> = {
  0x6969: 'NFS',
  0x517b: 'SMB',
  0xfe534d42: 'SMB',
  0xff534d42: 'CIFS',
  0x5346414f: 'AFS',
  0x00c36400: 'Ceph',
}

/** By the type that statfs tells; null for one of this machine. */
export function findRemoteFileSystem(type: number): string | null {
  return REMOTE[type] ?? null
}

/** What `path` lies on, when that is not on this machine. */
export async function readRemoteFileSystem(path: string): Promise<string | null> {
  return findRemoteFileSystem((await statfs(path)).type)
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
