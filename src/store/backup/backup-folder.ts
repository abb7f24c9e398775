/** The folder of backups: what each file is, its name says. */
import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { BackupRecord } from '../../domain/backup.ts'
import { renderStamp } from './stamp.ts'

const NAMES: readonly (readonly [BackupRecord['kind'], RegExp])[] = [
  ['manual', /^haivemind-(\d{8}T\d{9}Z)\.tar\.gz$/],
  ['automatic', /^automatic-(\d{8}T\d{9}Z)\.tar\.gz$/],
  ['before_migration', /^before-migration-\d+-(\d{8}T\d{9}Z)\.db$/],
]

export function buildBackupName(kind: 'manual' | 'automatic', at: number): string {
  return `${kind === 'manual' ? 'haivemind' : 'automatic'}-${renderStamp(at)}.tar.gz`
}

/** Newest first; what else lies there is somebody else's. */
export async function listBackups(dir: string): Promise<readonly BackupRecord[]> {
  const names: string[] = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const found = await Promise.all(names.map((name) => readRecord(dir, name)))
  return found.filter((record) => record !== null).sort((a, b) => b.createdAt - a.createdAt)
}

/** The newest that holds the whole platform or its records; a copy of before a migration is no backup. */
export async function findNewestBackup(dir: string): Promise<BackupRecord | null> {
  const records = await listBackups(dir).catch(() => [])
  return records.find(({ kind }) => kind !== 'before_migration') ?? null
}

async function readRecord(dir: string, name: string): Promise<BackupRecord | null> {
  const [kind, pattern] = NAMES.find(([, each]) => each.test(name)) ?? []
  const stamp = pattern?.exec(name)?.[1]
  const facts = await stat(join(dir, name)).catch(() => null)
  if (kind === undefined || stamp === undefined || facts === null) return null
  const createdAt = parseStamp(stamp)
  return { name, path: join(dir, name), kind, state: 'done', bytes: facts.size, createdAt, error: null }
}

function parseStamp(stamp: string): number {
  return Date.parse(stamp.replace(/^(....)(..)(..)T(..)(..)(..)(...)Z$/, '$1-$2-$3T$4:$5:$6.$7Z'))
}

/** One is due when the newest is too old, or of a time that has not come: the clock was set back. */
export function isDue(records: readonly BackupRecord[], now: number, intervalMs: number): boolean {
  const newest = records.find(({ kind }) => kind === 'automatic')
  if (newest === undefined) return true
  return now - newest.createdAt >= intervalMs || newest.createdAt > now
}

export async function pruneAutomatic(dir: string, keep: number): Promise<void> {
  const automatic = (await listBackups(dir)).filter(({ kind }) => kind === 'automatic')
  for (const { path } of automatic.slice(keep)) await unlink(path)
}
