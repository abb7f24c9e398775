/** For `doctor`, daemon or not: what lies on the disk, before anything of it is opened; and what --fix does about it. */
import { chmod, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PlatformConfig } from '../config/schema.ts'
import type { HostCheck } from '../domain/host-check.ts'
import { ADDRESS_FILE, CLI_TOKEN_FILE } from '../domain/local-files.ts'
import { verifyAudit } from '../store/audit/verify-audit.ts'
import { buildStorageChecks, checkLeftBehind } from '../store/database-checks.ts'
import { isDirectoryLocked } from '../store/data-directory-lock.ts'
import { checkStorage, type FileCheck, type Mend } from '../store/storage-checks.ts'
import type { Clock } from '../domain/clock.ts'
import { isThere } from '../system/files.ts'
import { auditDirOf, backupsDirOf, databasePathOf } from './open-records.ts'

const MIN_FREE_BYTES = 2 ** 30
const DAY_MS = 86_400_000
/** Advisories of last month miss what is exploited today. */
const OLD_ADVISORIES_DAYS = 30

export async function checkFiles(config: PlatformConfig, clock: Clock): Promise<readonly FileCheck[]> {
  const { data_dir, servers_dir, uploads_dir, logs_dir, security } = config
  const database = databasePathOf(config)
  const isRunning = isDirectoryLocked(data_dir)
  const checks = await Promise.all([
    checkStorage({
      folders: { data_dir, servers_dir, uploads_dir, logs_dir },
      secretFiles: {
        key: security.key_file ?? join(data_dir, 'secrets.key'),
        cli_token: join(data_dir, CLI_TOKEN_FILE),
      },
      minFreeBytes: MIN_FREE_BYTES,
    }),
    buildStorageChecks({
      path: database,
      backupsDir: backupsDirOf(config),
      intervalHours: config.backup.interval_hours,
      now: clock.now(),
    }),
    isRunning ? Promise.resolve([]) : checkRemains(database, join(data_dir, ADDRESS_FILE)),
    checkScanning(config, clock),
    checkRecords(config),
  ])
  return checks.flat()
}

/** Answers what was done. */
export async function mendFiles(mends: readonly Mend[]): Promise<readonly string[]> {
  const done: string[] = []
  for (const mend of mends) {
    if (mend.kind === 'chmod') {
      await chmod(mend.path, mend.mode)
      done.push(`chmod ${mend.mode.toString(8)} ${mend.path}`)
    } else {
      await rm(mend.path, { force: true })
      done.push(`removed ${mend.path}`)
    }
  }
  return done
}

/** Of a platform that did not end in order. */
async function checkRemains(database: string, address: string): Promise<readonly FileCheck[]> {
  return [checkLeftBehind(database), await checkAddress(address)]
}

async function checkAddress(path: string): Promise<FileCheck> {
  const base = { id: 'stale_address', area: 'daemon' }
  if (!(await isThere(path)))
    return { ...base, status: 'ok', found: 'no address of an earlier run is left', fix: null }
  return {
    ...base,
    status: 'warn',
    found: `${path} names an address, and no platform runs`,
    fix: `rm ${path}; the next start writes it anew`,
    mend: { kind: 'remove', path },
  }
}

async function checkScanning({ security }: PlatformConfig, clock: Clock): Promise<readonly HostCheck[]> {
  const scan: HostCheck = {
    id: 'scan',
    area: 'scanning',
    status: security.scan_uploads ? 'ok' : 'warn',
    found: security.scan_uploads
      ? 'archives are scanned: facts, secrets, source, dependencies'
      : 'archives are not scanned',
    fix: security.scan_uploads ? null : 'Set security.scan_uploads to true.',
  }
  return [scan, await checkAdvisories(security.osv_dir, clock)]
}

async function checkAdvisories(dir: string | null, clock: Clock): Promise<HostCheck> {
  const base = { id: 'advisories', area: 'scanning' }
  if (dir === null) {
    const found = 'no advisories are configured: dependencies are not held against known weaknesses'
    return { ...base, status: 'ok', found, fix: null }
  }
  const names = await readdir(dir).catch(() => null)
  if (names === null || names.length === 0) {
    const fix = 'Put OSV advisories (JSON) there, or set security.osv_dir to where they are.'
    return { ...base, status: 'fail', found: `no advisories can be read in ${dir}`, fix }
  }
  const times = await Promise.all(
    names.map(async (name) => (await stat(join(dir, name)).catch(() => null))?.mtimeMs ?? 0),
  )
  const days = Math.floor((clock.now() - Math.max(...times)) / DAY_MS)
  const isOld = days > OLD_ADVISORIES_DAYS
  return {
    ...base,
    status: isOld ? 'warn' : 'ok',
    found: `the newest advisory in ${dir} is ${days} days old`,
    fix: isOld ? 'Fetch them anew.' : null,
  }
}

async function checkRecords(config: PlatformConfig): Promise<HostCheck> {
  const base = { id: 'audit', area: 'records' }
  const path = databasePathOf(config)
  if (!(await isThere(path))) {
    return { ...base, status: 'ok', found: 'nothing is recorded yet', fix: null }
  }
  const fix =
    'haivemind audit verify says more: keep a copy of the data directory, and find out who could write to it.'
  try {
    const { problem, records } = await verifyAudit({ path, dir: auditDirOf(config) })
    return problem === null
      ? { ...base, status: 'ok', found: `the audit log is as it was written (${records} records)`, fix: null }
      : { ...base, status: 'fail', found: `record ${problem.seq} of the audit log: ${problem.reason}`, fix }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { ...base, status: 'fail', found: `the audit log cannot be checked: ${why}`, fix }
  }
}
