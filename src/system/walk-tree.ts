/**
 * A tree as it is while others may write to it: each name is opened from its open directory and no link is followed,
 * so whoever swaps a directory for a link gains nothing. What is neither file, directory nor link is left out.
 */
import { constants } from 'node:fs'
import { open, readdir, readlink, type FileHandle } from 'node:fs/promises'
import { pathOfDescriptor } from './process-table.ts'

export type TreeEntry = {
  /** Relative to the root, with `/`. */
  readonly path: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Milliseconds since the epoch. */
  readonly modified: number
} & (
  | { readonly kind: 'file'; readonly bytes: number; readonly handle: FileHandle }
  | { readonly kind: 'directory' }
  | { readonly kind: 'link'; readonly target: string }
)

/** Each level holds a descriptor. */
const MAX_DEPTH = 200
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Parents before their children, names in code-unit order; a handle is closed when the next entry is asked for. An
 * absent root has no entries.
 * @param onSkipped gets the path of what is left out, and why
 */
export async function* walkTree(
  root: string,
  onSkipped: (path: string, why: string) => void,
): AsyncGenerator<TreeEntry> {
  const handle = await openUnlessGone(root, constants.O_RDONLY | constants.O_DIRECTORY)
  if (handle === null) return
  try {
    yield* walk(handle, '', 0, onSkipped)
  } finally {
    await handle.close()
  }
}

async function* walk(
  directory: FileHandle,
  prefix: string,
  depth: number,
  onSkipped: (path: string, why: string) => void,
): AsyncGenerator<TreeEntry> {
  const base = pathOfDescriptor(directory.fd)
  for (const name of (await readdir(base)).sort()) {
    const path = `${prefix}${name}`
    // Names that are no UTF-8 have no text of their own.
    if (name.includes('\uFFFD')) {
      onSkipped(path, 'its name is no UTF-8')
      continue
    }
    const link = await readlink(`${base}/${name}`).catch(() => null)
    if (link !== null) {
      yield { path, kind: 'link', target: link, mode: 0o777, uid: 0, gid: 0, modified: 0 }
      continue
    }
    const handle = await openUnlessGone(`${base}/${name}`, FLAGS)
    if (handle === null) {
      onSkipped(path, 'it is gone, a socket or a link')
      continue
    }
    try {
      const { mode, uid, gid, mtimeMs: modified, size: bytes } = await handle.stat()
      const isFile = (mode & constants.S_IFMT) === constants.S_IFREG
      const isDirectory = (mode & constants.S_IFMT) === constants.S_IFDIR
      const about = { path, mode: mode & 0o777, uid, gid, modified }
      if (isFile) yield { ...about, kind: 'file', bytes, handle }
      else if (!isDirectory) onSkipped(path, 'it is neither a file, a directory nor a link')
      else if (depth >= MAX_DEPTH) onSkipped(path, `it lies more than ${MAX_DEPTH} directories deep`)
      else {
        yield { ...about, kind: 'directory' }
        yield* walk(handle, `${path}/`, depth + 1, onSkipped)
      }
    } finally {
      await handle.close()
    }
  }
}

/** ENXIO: a socket. ELOOP: a link took its place. */
async function openUnlessGone(path: string, flags: number): Promise<FileHandle | null> {
  return await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ELOOP' || error.code === 'ENXIO') return null
    throw error
  })
}
