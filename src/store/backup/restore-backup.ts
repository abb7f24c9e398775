/**
 * A backup becomes a data directory that no daemon has and nothing is in. It is verified before anything is written;
 * the database comes last, and until then a mark stands there that no daemon starts over.
 */
import { constants } from 'node:fs'
import {
  chmod,
  lchown,
  mkdir,
  open,
  readdir,
  rename,
  symlink,
  unlink,
  type FileHandle,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../../domain/error.ts'
import { isBelow, syncDirectory, writeFileDurable } from '../../system/files.ts'
import { runProcess } from '../../system/spawn.ts'
import { lockDataDirectory } from '../data-directory-lock.ts'
import type { BackupManifest } from './backup-manifest.ts'
import { readBackup } from './read-backup.ts'
import { buildDamaged, type TarPart } from './tar-read.ts'
import { DATABASE_ENTRY, verifyBackup } from './verify-backup.ts'

export type RestoreTarget = { readonly dataDir: string; readonly serversDir: string }
export const RESTORE_MARK = 'restore-incomplete'

/** What may lie in a data directory that is empty all the same: the key, which never is in a backup, comes first. */
const HARMLESS: ReadonlySet<string> = new Set([
  'backups',
  'secrets.key',
  'lock',
  'lock-journal',
  'daemon.pid',
  'lost+found',
])
const FLUSH_MS = 600_000

/** Throws AppError `conflict` (something is there), `data_in_use`, `backup_damaged`; then nothing was written. */
export async function restoreBackup(
  file: string,
  target: RestoreTarget,
  pid: number,
): Promise<BackupManifest> {
  const { dataDir, serversDir } = target
  await assertEmpty(
    dataDir,
    (name) => HARMLESS.has(name) || (isBelow(dataDir, serversDir) && name === nameBelow(dataDir, serversDir)),
  )
  await assertEmpty(serversDir, (name) => name === 'lost+found')
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const lock = lockDataDirectory(dataDir, pid)
  try {
    await verifyBackup(file, dataDir)
    await mkdir(serversDir, { recursive: true, mode: 0o700 })
    const mark = join(dataDir, RESTORE_MARK)
    await writeFileDurable(mark, `${file}\n`, 0o600)
    const database = join(dataDir, '.haivemind.db.restoring')
    const manifest = await extract(file, target, database)
    for (const folder of [dataDir, serversDir]) await flush(folder)
    await rename(database, join(dataDir, 'haivemind.db'))
    await syncDirectory(dataDir)
    await unlink(mark)
    await syncDirectory(dataDir)
    return manifest
  } finally {
    lock.close()
  }
}

const nameBelow = (folder: string, path: string) => path.slice(folder.length + 1).split('/')[0]

async function assertEmpty(folder: string, isHarmless: (name: string) => boolean): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [] as string[]
    throw error
  })
  if (names.includes(RESTORE_MARK)) {
    throw new AppError('conflict', `A restore into ${folder} was cut short.`, {
      hint: `Empty the folder, ${[...HARMLESS].slice(0, 2).join(' and ')} excepted, and restore again.`,
    })
  }
  const found = names.filter((name) => !isHarmless(name))
  if (found.length === 0) return
  throw new AppError('conflict', `${folder} is not empty: ${found.slice(0, 3).join(', ')} …`, {
    hint: 'A restore never writes over anything: move the folder away, or restore to another one with --to.',
    details: { folder },
  })
}

async function extract(file: string, target: RestoreTarget, database: string): Promise<BackupManifest> {
  const roots: Readonly<Record<string, string>> = {
    data: target.dataDir,
    servers: target.serversDir,
    config: join(target.dataDir, 'restored-config'),
  }
  /** Directories that this restore made: a link that an entry would lead through is none of them. */
  const made = new Set<string>(Object.values(roots))
  const modes = new Map<string, TarPart>()
  const isRoot = process.geteuid?.() === 0
  await mkdir(roots['config'] ?? '', { recursive: true, mode: 0o700 })
  const manifest = await readBackup(file, async (part, content) => {
    const path = part.path === DATABASE_ENTRY ? database : placeOf(part.path, roots)
    await makeParents(dirname(path), made, Object.values(roots))
    // Data is its server's; everything else is the platform's.
    const isOwned = isRoot && part.path.startsWith('servers/data/')
    if (part.kind === 'directory') {
      if (!made.has(path)) await mkdir(path, { mode: 0o700 })
      made.add(path)
      modes.set(path, part)
      for await (const _ of content);
    } else if (part.kind === 'link') {
      await symlink(part.target, path)
      for await (const _ of content);
    } else await writeFile(path, part, content)
    if (isOwned) await lchown(path, part.uid, part.gid)
  })
  // Afterwards, children first: what is read-only takes nothing new.
  for (const [path, { mode }] of [...modes].toReversed()) await chmod(path, mode & 0o777)
  return manifest
}

/** Throws for a path that could leave its root. */
function placeOf(path: string, roots: Readonly<Record<string, string>>): string {
  const [first = '', ...names] = path.split('/')
  const root = roots[first]
  const isPlain = names.every((name) => name !== '' && name !== '.' && name !== '..' && !name.includes('\0'))
  if (root === undefined || names.length === 0 || !isPlain) {
    throw buildDamaged(`${JSON.stringify(path)} is no place in a data directory`)
  }
  return join(root, ...names)
}

async function makeParents(folder: string, made: Set<string>, roots: readonly string[]): Promise<void> {
  if (made.has(folder)) return
  if (!roots.some((root) => isBelow(root, folder))) throw buildDamaged('an entry lies outside')
  await makeParents(dirname(folder), made, roots)
  // Fails where a link or a file has the name.
  await mkdir(folder, { mode: 0o700 })
  made.add(folder)
}

async function writeFile(path: string, part: TarPart, content: AsyncIterable<Buffer>): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const handle = await open(path, flags, 0o600)
  try {
    await writeSparse(handle, content)
    await handle.chmod(part.mode & 0o777)
    // Compiled Python carries the time of its source.
    await handle.utimes(part.modified / 1000, part.modified / 1000)
  } finally {
    await handle.close()
  }
}

/** A disk image is mostly zeros, and takes no blocks for them. */
async function writeSparse(handle: FileHandle, content: AsyncIterable<Buffer>): Promise<void> {
  let at = 0
  for await (const chunk of content) {
    const isEmpty = chunk.length >= 4096 && chunk.every((byte) => byte === 0)
    for (let done = isEmpty ? chunk.length : 0; done < chunk.length;) {
      done += (await handle.write(chunk, done, chunk.length - done, at + done)).bytesWritten
    }
    at += chunk.length
  }
  await handle.truncate(at)
}

/** The file system's dirty pages, in one call: an fsync for each file of large trees takes minutes. */
async function flush(folder: string): Promise<void> {
  const argv = ['/usr/bin/sync', '--file-system', folder]
  const { code, stderr } = await runProcess(argv, { environment: {}, timeoutMs: FLUSH_MS })
  if (code !== 0) throw new Error(`sync of ${folder} failed: ${stderr.trim() || `code ${code}`}`)
}
