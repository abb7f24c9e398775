/** Every start is a recovery: opens the store, and where its database is gone or damaged, makes that anew before. */
import { readdir, readFile, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../../domain/error.ts'
import { isBelow, isThere, syncDirectory } from '../../system/files.ts'
import { RESTORE_MARK } from '../backup/restore-backup.ts'
import { renderStamp } from '../backup/stamp.ts'
import { createManifestFiles, MANIFESTS_FOLDER, type ManifestFiles } from '../manifests/manifest-files.ts'
import type { Settled } from '../manifests/settle-manifests.ts'
import { openStore, type Store, type StoreDeps } from '../open-store.ts'
import { takeManifestsFromBackup } from './manifests-from-backup.ts'
import { rebuildDatabase, type Rebuilt } from './rebuild-database.ts'

export type Recovery = Rebuilt & {
  readonly why: string
  /** Where the damaged one lies; null when there was none. */
  readonly movedTo: string | null
  /** What no manifest holds. */
  readonly lost: readonly string[]
}

type Deps = Omit<StoreDeps, 'manifests'> & {
  readonly serversDir: string
  /** Seals the manifests. */
  readonly stateKey: Buffer
}

/** As docs/backup.md says. */
const LOST = [
  'tokens',
  'accounts',
  'sign-ins',
  'sessions',
  'secrets',
  'pins',
  'findings',
  'suppressions',
  'events',
  'call records',
] as const

/** Throws `database_lost` with everything left as it is, when there is nothing to make it from. */
export async function openRecoveredStore(
  path: string,
  deps: Deps,
): Promise<{ readonly store: Store; readonly recovery: Recovery | null; readonly settled: Settled }> {
  const { serversDir, stateKey } = deps
  const files = createManifestFiles(serversDir, stateKey)
  const own = { ...deps, manifests: files }
  await assertRestored(dirname(path))
  let recovery: Recovery | null = null
  if (await isGone(path)) {
    if (await holdsServers(serversDir)) {
      recovery = await recover(path, files, deps, `The database ${path} is gone.`)
    }
  }
  let store: Store
  try {
    store = openStore(path, own)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'database_damaged') throw error
    recovery = await recover(path, files, deps, error.message)
    store = openStore(path, own)
  }
  try {
    return { store, recovery, settled: await store.settle() }
  } catch (error) {
    store.close()
    throw error
  }
}

async function assertRestored(dataDir: string): Promise<void> {
  if (!(await isThere(join(dataDir, RESTORE_MARK)))) return
  throw new AppError('conflict', `A restore into ${dataDir} was cut short: what is there is not whole.`, {
    hint: 'Empty the folder, backups and the key excepted, and restore again.',
  })
}

/** SQLite takes an empty file for a new database. */
async function isGone(path: string): Promise<boolean> {
  const facts = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  return facts === null || facts.size === 0
}

async function holdsServers(serversDir: string): Promise<boolean> {
  const folders = ['store', MANIFESTS_FOLDER, 'data'].map((name) =>
    readdir(join(serversDir, name)).catch(() => []),
  )
  return (await Promise.all(folders)).some((names) =>
    names.some((name) => /^(?:[0-9a-f]{64}$|srv_)/.test(name)),
  )
}

async function recover(path: string, files: ManifestFiles, deps: Deps, reason: string): Promise<Recovery> {
  const { serversDir, backupsDir, stateKey: key, clock, log } = deps
  const { found } = await files.readAll()
  await assertOwn(
    path,
    serversDir,
    [...found.values()].some(({ isAuthentic }) => isAuthentic),
    reason,
  )
  const backup =
    found.size === 0 && backupsDir !== undefined
      ? await takeManifestsFromBackup({ backupsDir, serversDir, files, key, log })
      : null
  if (found.size === 0 && backup === null) throw buildLost(reason, serversDir)
  const half = `${path}.rebuilding`
  for (const ending of ENDINGS) await removeFile(`${half}${ending}`)
  const rebuilt = await rebuildDatabase({ path: half, files, treesDir: join(serversDir, 'store'), log })
  const movedTo = await moveAway(path, `${path}.corrupt-${renderStamp(clock.now())}`)
  // Or a power failure might keep the new database, and the old write-ahead log beside it.
  await syncDirectory(dirname(path))
  await rename(half, path)
  await syncDirectory(dirname(path))
  if (backup === null) return { ...rebuilt, why: reason, movedTo, lost: LOST }
  const why = `${reason} There was no manifest either: all is as the backup ${backup} says, stopped and held.`
  return { ...rebuilt, why, held: rebuilt.servers, movedTo, lost: [...LOST, 'changes since the backup'] }
}

/** The write-ahead log belongs to its database: left behind, it would be applied to the new one. */
const ENDINGS = ['', '-wal', '-shm'] as const

async function moveAway(path: string, target: string): Promise<string | null> {
  let moved: string | null = null
  for (const ending of ENDINGS) {
    if (!(await isThere(`${path}${ending}`))) continue
    await rename(`${path}${ending}`, `${target}${ending}`)
    moved = target
  }
  return moved
}

async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

/** A data directory that is new, beside the servers of another one, must not take these over. */
async function assertOwn(path: string, serversDir: string, isSealed: boolean, why: string): Promise<void> {
  if (isSealed || isBelow(dirname(path), serversDir)) return
  const owner = join(serversDir, '.owner')
  if ((await readFile(owner, 'utf8').catch(() => null)) === null) return
  throw new AppError(
    'data_in_use',
    `${why} ${serversDir} holds servers of an installation that may be another.`,
    {
      hint:
        'Give each data_dir a servers_dir of its own, or restore a backup (haivemind backup restore). If it is this ' +
        `installation’s, remove ${owner}: its servers are taken over, and each waits for approval.`,
      details: { folder: serversDir },
    },
  )
}

function buildLost(why: string, serversDir: string): AppError {
  return new AppError(
    'database_lost',
    `${why} There is no manifest in ${join(serversDir, MANIFESTS_FOLDER)} to make it from, and no backup that speaks of all that is stored. Nothing was changed.`,
  )
}
