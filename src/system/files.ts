/** Files as the platform needs them: durable writes, trees copied or linked, and removal that stays under a root. */
import { constants } from 'node:fs'
import {
  access,
  chmod,
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  unlink,
} from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import type { ServerId } from '../domain/id.ts'
import { createToken } from './random.ts'

/** Follows links; false as well for what may not be seen. */
export async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}

/** Is `path` strictly below `root`? Both are resolved as text; links are the caller's business. */
export function isBelow(root: string, path: string): boolean {
  const inner = relative(resolve(root), resolve(path))
  return inner !== '' && inner !== '..' && !inner.startsWith(`..${sep}`)
}

/**
 * Removes `path` and everything in it; a missing path is fine. Links are removed, never followed, and
 * read-only directories are opened first, however deep they lie. Throws when `path` is not strictly below `root`.
 */
export async function removeTree(root: string, path: string): Promise<void> {
  if (!isBelow(root, path)) throw new Error(`removeTree refuses ${path}: it is not below ${root}`)
  await openDirectories(path, path)
  await rm(path, { recursive: true, force: true, maxRetries: 2 })
}

/** Room for one more name (255) below the 4096 bytes that the kernel takes as a path (PATH_MAX). */
const MAX_DIRECTORY_BYTES = 3500

/**
 * Unlinking needs a writable directory, and published trees have none (not even for their owner, unless root).
 * A hosted program can nest directories deeper than any path may name (it enters them one by one): such are moved up.
 */
async function openDirectories(path: string, top: string): Promise<void> {
  const found = await lstat(path).catch(() => null)
  if (found?.isDirectory() !== true) return
  try {
    if ((found.mode & 0o700) !== 0o700) await chmod(path, 0o700)
    const isLong = Buffer.byteLength(path) > MAX_DIRECTORY_BYTES
    const near = isLong ? join(top, `.deep-${createToken(12)}`) : path
    if (isLong) await rename(path, near)
    for (const entry of await readdir(near, { withFileTypes: true })) {
      if (entry.isDirectory()) await openDirectories(join(near, entry.name), top)
    }
  } catch (error) {
    // Somebody else removes it too: then it is as it should be.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** The folders in `root` that bear a server's id; none when there is no such root. */
export async function listServerFolders(root: string): Promise<readonly ServerId[]> {
  const names: string[] = await readdir(root).catch(() => [])
  return names.filter((name): name is ServerId => /^srv_[0-9A-Z]{26}$/.test(name))
}

/** Makes renames and new names in `path` survive a power loss. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Like `mkdir -p`, and on the disk when it resolves: what is written into a folder is lost with the folder's name. */
export async function makeDirectoryDurable(path: string, mode: number): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode })
  if (first === undefined) return
  for (let made = path; isBelow(dirname(first), made); made = dirname(made))
    await syncDirectory(dirname(made))
}

/** Whole or not at all, and on the disk when it resolves: temporary file, fsync, rename, fsync of the directory. */
export async function writeFileDurable(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${createToken(6)}.tmp`)
  const handle = await open(temporary, 'wx', mode)
  try {
    await handle.chmod(mode)
    await handle.writeFile(data)
    await handle.sync()
    await handle.close()
    await rename(temporary, path)
  } catch (error) {
    await handle.close().catch(() => undefined)
    await unlink(temporary).catch(() => undefined)
    throw error
  }
  await syncDirectory(dirname(path))
}

/** Moves a directory to `target`; false, with nothing moved, when a directory with content is there already. */
export async function renameUnlessThere(path: string, target: string): Promise<boolean> {
  try {
    await rename(path, target)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false
    throw error
  }
}

/**
 * The tree at `source` again at `target`, which must not exist: directories made anew, links kept as links,
 * files shared by hard link (a change to one is a change to both, so both must be read-only).
 */
export async function linkTree(source: string, target: string): Promise<void> {
  await repeatTree(source, target, link)
}

/** Like linkTree, with files of their own; shares blocks where the file system can. */
export async function copyTree(source: string, target: string): Promise<void> {
  await repeatTree(source, target, async (from, to) => {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  })
}

async function repeatTree(
  source: string,
  target: string,
  place: (from: string, to: string) => Promise<void>,
): Promise<void> {
  await mkdir(target, { mode: 0o755 })
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const from = join(source, entry.name)
    const to = join(target, entry.name)
    if (entry.isDirectory()) await repeatTree(from, to, place)
    else if (entry.isSymbolicLink()) await symlink(await readlink(from), to)
    else if (entry.isFile()) await place(from, to)
    else throw new Error(`${from} is neither a file, a directory nor a link`)
  }
}
