/** How much of the disk a tree takes. Read file by file, in small steps: a large tree never holds up the event loop. */
import type { Stats } from 'node:fs'
import { lstat, readdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'

export type DiskUse = {
  /** Blocks in bytes; a file with several names counts by its share here, so that all of them add up to the truth. */
  readonly bytes: number
  /** What goes back to the disk when the tree goes: files that have no name elsewhere. */
  readonly ownBytes: number
  /** False: some of it may not be seen, and is not counted. */
  readonly isWhole: boolean
  /** When it was changed last, milliseconds since the epoch; 0 when it is not there. */
  readonly changedAt: number
}

const BLOCK_BYTES = 512
/** Files looked at together: the thread pool takes four at a time. */
const TOGETHER = 16

/** Links are counted, never followed. What goes away meanwhile counts nothing. */
export async function measureDisk(path: string): Promise<DiskUse> {
  const top = await lstat(path).catch(() => null)
  if (top === null) return { bytes: 0, ownBytes: 0, isWhole: true, changedAt: 0 }
  let { bytes, ownBytes } = countOf(top)
  let isWhole = true
  const pending = top.isDirectory() ? [path] : []
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const names: readonly string[] = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EACCES' || error.code === 'EPERM') isWhole = false
      return []
    })
    for (let start = 0; start < names.length; start += TOGETHER) {
      const paths = names.slice(start, start + TOGETHER).map((name) => join(folder, name))
      const found = await Promise.all(paths.map((inner) => lstat(inner).catch(() => null)))
      for (const [index, stats] of found.entries()) {
        if (stats === null) continue
        if (stats.isDirectory()) pending.push(paths[index] ?? '')
        const count = countOf(stats)
        bytes += count.bytes
        ownBytes += count.ownBytes
      }
    }
  }
  return { bytes: Math.round(bytes), ownBytes, isWhole, changedAt: Math.round(top.mtimeMs) }
}

/** A directory's links are its children: it has one place. */
function countOf(stats: Stats): { bytes: number; ownBytes: number } {
  const bytes = stats.blocks * BLOCK_BYTES
  if (stats.isDirectory() || stats.nlink <= 1) return { bytes, ownBytes: bytes }
  return { bytes: bytes / stats.nlink, ownBytes: 0 }
}

/** What may still be written on the file system of `path`; null when it cannot be told. */
export async function readFreeBytes(path: string): Promise<number | null> {
  const found = await statfs(path).catch(() => null)
  return found === null ? null : found.bavail * found.bsize
}
