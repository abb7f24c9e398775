/** The files of a log segment: plain while it is written and for a while after, then packed. Either may go at any time. */
import { open, readdir, stat, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

export const PACKED = '.gz'
export const UNFINISHED = '.tmp'

/** Which one it is by now; null: it is gone. */
export async function openSegment(
  path: string,
): Promise<{ readonly handle: FileHandle; readonly isPacked: boolean } | null> {
  return takeFirst(path, async (name) => ({ handle: await open(name, 'r'), isPacked: name.endsWith(PACKED) }))
}

/** Null: it is gone. */
export async function statSegment(path: string) {
  return takeFirst(path, (name) => stat(name))
}

/** Since it was listed it may have been packed. */
async function takeFirst<T>(path: string, take: (name: string) => Promise<T>): Promise<T | null> {
  for (const name of path.endsWith(PACKED) ? [path] : [path, path + PACKED]) {
    try {
      return await take(name)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }
  return null
}

/** In either form. */
export async function removeSegment(path: string): Promise<void> {
  const plain = path.endsWith(PACKED) ? path.slice(0, -PACKED.length) : path
  for (const name of [plain, plain + PACKED]) {
    await unlink(name).catch((error: unknown) => {
      if (!isMissing(error)) throw error
    })
  }
}

/** What a dead daemon left half packed. */
export async function removeUnfinished(dir: string): Promise<void> {
  const names = await readdir(dir).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  for (const name of names) if (name.endsWith(UNFINISHED)) await unlink(join(dir, name))
}

/** Answers how many bytes there were. */
export async function readInto(
  handle: FileHandle,
  buffer: Buffer,
  { from, to, position }: { readonly from: number; readonly to: number; readonly position: number },
): Promise<number> {
  let filled = from
  while (filled < to) {
    const { bytesRead } = await handle.read(buffer, filled, to - filled, position + filled - from)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled - from
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
