import { join } from 'node:path'
import type { PlatformConfig } from '../config/schema.ts'
import { AppError } from '../domain/error.ts'
import { buildDeploymentEnd } from '../domain/audit-deployment.ts'
import type { PlatformMetrics } from '../domain/metric-list.ts'
import { maskTokens } from '../domain/token-patterns.ts'
import { createAuditNotes } from '../store/audit/audit-notes.ts'
import { openAuditTrail } from '../store/audit/open-audit-trail.ts'
import { claimFolder } from '../store/claim-folder.ts'
import { lockDataDirectory } from '../store/data-directory-lock.ts'
import { openRecoveredStore } from '../store/recovery/open-recovered-store.ts'
import { createKeySource } from '../store/secrets/key-source.ts'
import { createStateSeal, openStateKey } from '../store/secrets/state-seal.ts'
import { readRemoteFileSystem } from '../system/disk-figures.ts'
import { makeDirectoryDurable } from '../system/files.ts'
import { type Logger } from '../system/log.ts'
import type { Clock } from '../domain/clock.ts'
import { announceRecovery } from './announce-recovery.ts'
import { buildKeptDays } from './build-settings.ts'
import { meterAudit, meterNotes } from './meter-parts.ts'
import { claimUids } from './open-sandbox.ts'
import type { KnownSecrets } from '../domain/known-secrets.ts'

type RecordsDeps = {
  readonly clock: Clock
  readonly metrics: PlatformMetrics
  readonly logger: Logger
  /** Learns every secret that is decrypted, so that the log masks it. */
  readonly known: KnownSecrets
  /** May hold the key that wraps the secrets' keys. */
  readonly environment: Readonly<Record<string, string>>
}

const DATABASE_FILE = 'haivemind.db'

export const databasePathOf = (config: PlatformConfig): string => join(config.data_dir, DATABASE_FILE)
export const backupsDirOf = (config: PlatformConfig): string => join(config.data_dir, 'backups')
export const auditDirOf = (config: PlatformConfig): string => join(config.data_dir, 'audit')

/**
 * Everything durable: the data directory's lock, the database and the audit log, in this order.
 * Throws AppError `data_in_use` with nothing left open.
 */
export async function openRecords(config: PlatformConfig, deps: RecordsDeps) {
  const { clock, logger, known, metrics } = deps
  await using stack = new AsyncDisposableStack()
  const { serverData } = await makeDirectories(config)
  await refuseRemote(config.data_dir)
  const lock = lockDataDirectory(config.data_dir, process.pid)
  stack.defer(() => lock.close())
  const supply = await claimUids(config)
  const stateKey = await openStateKey(join(config.data_dir, 'state.key'), logger)
  const { store, recovery, settled } = await openRecoveredStore(databasePathOf(config), {
    clock,
    serversDir: config.servers_dir,
    stateKey,
    backupsDir: backupsDirOf(config),
    callRecords: { max: config.gateway.call_records, days: config.gateway.call_record_days },
    keptDays: buildKeptDays(config),
    uids: supply?.block ?? null,
    log: logger.child('store'),
    onCommit: (seconds) => metrics.dbCommit.observe(seconds),
    keySource: createKeySource(
      config.security.key_file ?? join(config.data_dir, 'secrets.key'),
      deps.environment,
    ),
    onSecret: (name, value) => known.add(name, value),
    mask: (text) => maskTokens(known.mask(text)),
    peers: config.memory.peers.filter(({ share }) => share).map(({ name }) => name),
  })
  stack.defer(() => store.close())
  for (const folder of [config.servers_dir, config.logs_dir]) await claimFolder(folder, store.installationId)
  const trail = await openAuditTrail({
    store: store.audit,
    dir: auditDirOf(config),
    path: databasePathOf(config),
    segmentRecords: config.audit.segment_records,
    clock,
    log: logger.child('audit'),
  })
  stack.defer(() => trail.close())
  const audit = meterAudit(trail, metrics)
  const notes = meterNotes(createAuditNotes({ audit, clock, log: logger.child('audit') }), metrics)
  stack.defer(() => notes.close())

  stack.defer(
    store.events.subscribe((record) => {
      const ended = buildDeploymentEnd(record)
      if (ended !== null) notes.note(ended)
    }),
  )
  announceRecovery({ recovery, settled }, { notes, events: store.events, log: logger.child('store') })
  const owned = stack.move()
  const auditRecords = {
    name: 'audit records',
    days: config.retention.audit_days,
    countBefore: (time: number) => trail.countBefore(time),
    removeBefore: (time: number) => trail.removeBefore(time),
  }
  return {
    store: { ...store, retention: store.retention.and([auditRecords]) },
    audit,
    notes,
    supply,
    serverData,
    stateSeal: createStateSeal(stateKey),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** @param read stands for statfs in tests, which cannot mount one */
export async function refuseRemote(path: string, read = readRemoteFileSystem): Promise<void> {
  const remote = await read(path)
  if (remote === null) return
  throw new AppError('invalid_platform_config', `mcp_hosting.data_dir: ${path} lies on ${remote}.`, {
    hint: 'Set data_dir to a folder on a disk of this machine: a database over a network is damaged sooner or later.',
  })
}

export async function makeDirectories(config: PlatformConfig): Promise<{ readonly serverData: string }> {
  const serverData = join(config.servers_dir, 'data')
  for (const path of [config.data_dir, config.servers_dir, config.uploads_dir, config.logs_dir]) {
    // Whoever else is on this machine has no business with archives, tokens or data.
    await makeDirectoryDurable(path, 0o700)
  }
  return { serverData }
}
