/**
 * ext4 in a sparse file: a quota that any kernel with loop devices enforces, for bytes and for the number of files.
 * The platform never mounts one: each launcher does so in its own mount namespace, and the kernel undoes it with
 * the namespace, however the daemon or the server ended. So nothing is left to unmount, and no server sees another's.
 */
import { open, rename, rm, stat, truncate, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isThere, syncDirectory, writeFileDurable } from '../../../system/files.ts'
import { runProcess } from '../../../system/spawn.ts'
import { BYTES_PER_FILE } from './volume.ts'

export type DiskPrograms = Readonly<
  Record<'mkfs.ext4' | 'e2fsck' | 'resize2fs' | 'debugfs' | 'losetup' | 'flock', string>
>

const BLOCK_BYTES = 4096
const TIMEOUT_MS = 120_000

/**
 * Makes the image under another name and renames it when it is whole. @param content a directory whose files go in.
 * Throws with the reason, for example that they do not fit.
 */
export async function makeImage(
  programs: DiskPrograms,
  at: { readonly file: string; readonly bytes: number; readonly uid: number; readonly content: string },
): Promise<void> {
  const half = `${at.file}.new`
  await unlink(half).catch(() => undefined)
  try {
    await (await open(half, 'wx', 0o600)).close()
    await truncate(half, at.bytes)
    // No share kept for root, and a journal no larger than it needs: the space is the server's.
    const owner = `root_owner=${at.uid}:${at.uid}`
    const layout = ['-b', String(BLOCK_BYTES), '-m', '0', '-i', String(BYTES_PER_FILE), '-J', 'size=4']
    await run([programs['mkfs.ext4'], '-q', '-F', ...layout, '-E', owner, '-d', at.content, half])
    for (const request of ['rmdir lost+found', 'set_inode_field . mode 040700']) {
      await run([programs.debugfs, '-w', '-R', request, half])
    }
    await syncFile(half)
    await rename(half, at.file)
    await syncDirectory(dirname(at.file))
  } catch (error) {
    await unlink(half).catch(() => undefined)
    throw error
  }
}

/**
 * Makes it larger. A daemon that dies meanwhile leaves its mark, and the next call does the work again; the lock
 * keeps the two apart, since a program outlives the daemon that started it.
 * @returns false when a sandbox that is about to end still holds it: then it stays as it is.
 */
export async function growImage(programs: DiskPrograms, file: string, bytes: number): Promise<boolean> {
  const mark = `${file}.growing`
  if ((await stat(file)).size >= bytes && !(await isThere(mark))) return true
  const attached = await run([programs.losetup, '--associated', file])
  if (attached !== '') return false
  // On the disk before the image changes: a power failure must not leave a half-grown one without its mark.
  await writeFileDurable(mark, '', 0o600)
  if ((await stat(file)).size < bytes) await truncate(file, bytes)
  const alone = [programs.flock, '--wait', '60', file]
  // 1 means that it mended something, which is its purpose.
  await run([...alone, programs.e2fsck, '-f', '-p', file], [0, 1])
  await run([...alone, programs.resize2fs, file])
  await syncFile(file)
  await rm(mark, { force: true })
  return true
}

async function run(argv: readonly string[], good: readonly number[] = [0]): Promise<string> {
  const { code, stdout, stderr } = await runProcess(argv, { environment: {}, timeoutMs: TIMEOUT_MS })
  if (code !== null && good.includes(code)) return stdout.trim()
  throw new Error(`${argv[0]}: ${(stderr.trim() || stdout.trim() || `ended with ${code}`).slice(0, 500)}`)
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
