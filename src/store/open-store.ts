import type { Clock } from '../domain/clock.ts'
import type { Secret } from '../domain/secret.ts'
import { FIRST_BLOCK, type UidBlock } from '../domain/uid-block.ts'
import type { Logger } from '../system/log.ts'
import { createToken } from '../system/random.ts'
import { createMigrationKeeper } from './backup/keep-before-migration.ts'
import { createRetention } from './retention.ts'
import { keepManifests, openManifestBook } from './manifests/manifest-book.ts'
import type { ManifestFiles } from './manifests/manifest-files.ts'
import { settleManifests, type Settled } from './manifests/settle-manifests.ts'
import { createAuditStore } from './sqlite/audit-store.ts'
import type { KeySource } from './secrets/key-source.ts'
import { createVault } from './secrets/vault.ts'
import { createCallStore } from './sqlite/call-store.ts'
import { MIGRATIONS, openDatabase } from './sqlite/database.ts'
import { createEgressStore } from './sqlite/egress-store.ts'
import { createEventMemory } from './sqlite/event-memory.ts'
import { createEventStore, parseEvent } from './sqlite/event-store.ts'
import { createIncidentStore } from './sqlite/incident-store.ts'
import { createLedgerStore } from './sqlite/ledger-store.ts'
import { createReaderHere, createReaderThread } from './sqlite/memory-reader.ts'
import { createMemoryOutbox } from './sqlite/memory-outbox.ts'
import { createMemoryStore } from './sqlite/memory-store.ts'
import { createLoginSessionStore } from './sqlite/login-session-store.ts'
import { createFindingStore, createSuppressionStore } from './sqlite/finding-store.ts'
import { nextGeneration, readInstallationId } from './sqlite/meta-store.ts'
import { createOperationStore } from './sqlite/operation-store.ts'
import { createParkStore } from './sqlite/park-store.ts'
import { createSampleStore } from './sqlite/sample-store.ts'
import { createKillStore, createRecommendationStore } from './sqlite/recommendation-store.ts'
import { createScanStore } from './sqlite/scan-store.ts'
import { meterDatabase } from './sqlite/meter-database.ts'
import { createChannelStore, createNoticeStore } from './sqlite/notification-store.ts'
import { createPinStore } from './sqlite/pin-store.ts'
import { createSecretStore } from './sqlite/secret-store.ts'
import { createServerStore } from './sqlite/server-store.ts'
import { createSessionStore } from './sqlite/session-store.ts'
import { createTaskStore } from './sqlite/task-store.ts'
import { createTokenStore } from './sqlite/token-store.ts'
import { createUidStore } from './sqlite/uid-store.ts'
import { createUserStore } from './sqlite/user-store.ts'
import { createVersionStore } from './sqlite/version-store.ts'

/** In days; null: for ever. */
type KeptDays = {
  readonly [K in 'operations' | 'events' | 'scans' | 'incidents' | 'samples']: number
} & { readonly memories: number | null }

/** As docs/api.md and the hint of `operation_not_found` say. */
const KEPT_DAYS: KeptDays = {
  operations: 30,
  events: 90,
  scans: 90,
  incidents: 400,
  samples: 400,
  memories: null,
}
const NOTICE_DAYS = 30
const CALL_RECORD_DAYS = 7
const CALL_RECORDS = 1_000_000

export type Store = ReturnType<typeof openStore>

export type StoreDeps = {
  readonly clock: Clock
  /** Gets a copy of the database before its schema changes; absent in tests: none is kept. */
  readonly backupsDir?: string
  /** Absent in tests: the defaults. */
  readonly callRecords?: { readonly max: number; readonly days: number }
  readonly keptDays?: KeptDays
  /** Where each server's records stand once more, beside the stored versions; absent in tests: nowhere. */
  readonly manifests?: ManifestFiles
  /** For servers; null where they have the platform's own, absent in tests. */
  readonly uids?: UidBlock | null
  readonly log: Logger
  /** Takes out of memories what must never be kept; absent in tests: nothing. */
  readonly mask?: (text: string) => string
  /** Names of those that are told what may leave; absent in tests: nobody. */
  readonly peers?: readonly string[]
  /** How long each write took, in seconds. */
  readonly onCommit?: (seconds: number) => void
  readonly keySource: KeySource
  /** See VaultDeps. */
  readonly onSecret: (name: string, value: Secret) => void
}

/** Everything durable but files and logs, in the database at `path`. Close it last. */
export function openStore(path: string, deps: StoreDeps) {
  const { backupsDir, clock, keptDays = KEPT_DAYS } = deps
  const opened = openDatabase(
    path,
    backupsDir === undefined ? undefined : createMigrationKeeper(backupsDir, clock),
  )
  const database = deps.onCommit === undefined ? opened : meterDatabase(opened, deps.clock, deps.onCommit)
  const operations = createOperationStore(database)
  const calls = createCallStore(database, deps.callRecords?.max ?? CALL_RECORDS)
  const scans = createScanStore(database, deps.clock)
  /** Names come from the code alone. */
  const countIn = (table: string, column: string) => (time: number) =>
    Number(database.get(`SELECT count(*) AS n FROM ${table} WHERE ${column} < $time`, { time })?.['n'] ?? 0)
  const installationId = readInstallationId(database, createToken())
  const node = `node-${installationId.slice(0, 12)}`
  const reader = path === ':memory:' ? createReaderHere(database, node) : createReaderThread(path, node)
  const memories = createMemoryStore({
    database,
    reader,
    clock,
    node,
    mask: deps.mask ?? ((text) => text),
    ...(deps.peers === undefined ? {} : { peers: deps.peers }),
  })
  const outbox = createMemoryOutbox({ database, clock, node, remember: (one) => void memories.add(one) })
  const memory = createEventMemory({ database, memories, parseEvent, log: deps.log })
  const events = createEventStore({ database, ...deps, memory })
  const servers = createServerStore(database)
  const versions = createVersionStore(database)
  const samples = createSampleStore(database)
  const notices = createNoticeStore(database)
  const incidents = createIncidentStore(database, deps.mask ?? ((text) => text))
  const about = { schema: MIGRATIONS.length, installation: installationId }
  const { manifests, log } = deps
  const book = manifests === undefined ? null : openManifestBook(database, manifests, about)
  return {
    servers: book === null ? servers : keepManifests(servers, book, log),
    versions: book === null ? versions : keepManifests(versions, book, log),
    pins: createPinStore(database),
    uids: createUidStore(database, deps.uids ?? FIRST_BLOCK),
    findings: createFindingStore(database),
    suppressions: createSuppressionStore(database),
    scans,
    secrets: createVault({
      store: createSecretStore(database),
      source: deps.keySource,
      clock: deps.clock,
      onKnown: deps.onSecret,
    }),
    operations,
    events,
    memories,
    incidents,
    outbox,
    sessions: createSessionStore(database),
    tasks: createTaskStore(database),
    parks: createParkStore(database),
    tokens: createTokenStore(database),
    users: createUserStore(database),
    loginSessions: createLoginSessionStore(database),
    ledger: createLedgerStore(database),
    calls,
    audit: createAuditStore(database),
    egress: createEgressStore(database),
    samples,
    recommendations: createRecommendationStore(database),
    kills: createKillStore(database),
    channels: createChannelStore(database),
    notices,
    /** This start's number on this data directory; counted once here. */
    generation: nextGeneration(database),
    /** Tells this database from every other, whatever its path. */
    installationId,
    /** Joins figures of calls that are a day old; call it now and then. */
    compact: () => calls.compact(deps.clock.now()),
    retention: createRetention(
      [
        {
          name: 'operations',
          days: keptDays.operations,
          countBefore: countIn('operations', 'ended_at'),
          removeBefore: (time) => operations.removeEndedBefore(time),
        },
        {
          name: 'events',
          days: keptDays.events,
          countBefore: countIn('events', 'time'),
          removeBefore: (time) => events.removeBefore(time),
        },
        {
          name: 'notices',
          days: NOTICE_DAYS,
          countBefore: (time) => notices.countEndedBefore(time),
          removeBefore: (time) => notices.removeEndedBefore(time),
        },
        {
          name: 'scans',
          days: keptDays.scans,
          countBefore: countIn('scans', 'created_at'),
          removeBefore: (time) => scans.removeBefore(time),
        },
        {
          name: 'incidents',
          days: keptDays.incidents,
          countBefore: countIn('incidents', 'resolved_at'),
          removeBefore: (time) => incidents.removeResolvedBefore(time),
        },
        {
          name: 'calls',
          days: deps.callRecords?.days ?? CALL_RECORD_DAYS,
          countBefore: (time) => calls.countBefore(time),
          removeBefore: (time) => calls.removeBefore(time),
        },
        {
          name: 'samples',
          days: keptDays.samples,
          countBefore: (time) => samples.countBefore(time),
          removeBefore: (time) => samples.removeBefore(time),
        },
        {
          name: 'memories',
          days: keptDays.memories,
          countBefore: (time) => memories.countBefore(time),
          removeBefore: (time) => memories.forgetBefore(time),
        },
      ],
      () => deps.clock.now(),
    ),
    /** For the start: what the database and the manifests say becomes the same. */
    async settle(): Promise<Settled> {
      if (book === null || manifests === undefined) return { restored: [], doubtful: [] }
      const settled = await settleManifests({ database, files: manifests, about, log })
      await book.flush()
      return settled
    },
    close(): void {
      events.flush()
      reader.close()
      database.close()
    },
  }
}
