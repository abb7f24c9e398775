/** What the verbs need from others. Store ports return promises although SQLite is synchronous. */
import type { Consultation } from '../domain/consultation.ts'
import type { BreakerView } from '../domain/breaker.ts'
import type { CallStep, ServerCalls } from '../domain/call-figures.ts'
import type { ArchiveFormat } from '../domain/archive.ts'
import type { Observation } from '../domain/difference.ts'
import type { Definition, DefinitionChange } from '../domain/definition.ts'
import type { Operation, Stage, StageStatus } from '../domain/deployment.ts'
import type { EventRecord } from '../domain/event.ts'
import type { DryRunReport } from '../domain/dry-run.ts'
import type { Finding } from '../domain/finding.ts'
import type { IncidentId, OperationId, RecommendationId, ServerId, VersionId } from '../domain/id.ts'
import type { Incident, IncidentFilter, ServerChange } from '../domain/incident.ts'
import type { ServerHealth } from '../domain/health.ts'
import type { JsonObject } from '../domain/json.ts'
import type { LogHits, LogSearch } from '../domain/log-search.ts'
import type { LatencyHistogram } from '../domain/latency-histogram.ts'
import type { LogLine, LogQuery, LogStream } from '../domain/log-line.ts'
import type { Era } from '../domain/process-key.ts'
import type { ProcessView } from '../domain/process-view.ts'
import type { Principal } from '../domain/principal.ts'
import type { Recommendation, RecommendationState } from '../domain/recommendation.ts'
import type { SecretDelivery } from '../domain/secret-declaration.ts'
import type { Secret } from '../domain/secret.ts'
import type {
  Detection,
  InstanceFacts,
  ResourceLimits,
  ResourceUsage,
  Server,
  ServerConfig,
  Version,
} from '../domain/server.ts'
import type { ServerState } from '../domain/server-state.ts'
import type { ServerRecords } from '../runtime/ports.ts'
import type { DailyProfile, SampleRow } from '../domain/sample.ts'
import type { Review, ScanReport, Suppression } from '../domain/scan-report.ts'
import type { TreeComparison } from '../domain/tree-comparison.ts'
import type { VersionFailure } from '../domain/version-watch.ts'
import type { LeftoverFact } from './cleanup/cleanup-item.ts'

export interface Servers {
  find(id: ServerId): Promise<Server | null>
  findByName(name: string): Promise<Server | null>
  /** Archived ones are in neither of these two: they are not hosted. `find` knows them. */
  list(): Promise<readonly Server[]>
  /** At most `limit` of those whose name comes after `after`, by name, and how many there are in all. */
  listPage(from: {
    readonly isArchived: boolean
    readonly after: string | null
    readonly limit: number
  }): Promise<{ readonly servers: readonly Server[]; readonly total: number }>
  /** What each should be, cheap enough for every second. */
  listWishes(): ReturnType<ServerRecords['listWishes']>
  findArchived(name: string): Promise<Server | null>
  listArchived(): Promise<readonly Server[]>
  /** Throws AppError `conflict` when the name is taken. */
  create(server: Server): Promise<void>
  update(id: ServerId, changes: Partial<Omit<Server, 'id'>>): Promise<void>
  remove(id: ServerId): Promise<void>
}

export interface Versions {
  find(id: VersionId): Promise<Version | null>
  /** Those that are there, by id: for many servers at once. */
  findEach(ids: readonly VersionId[]): Promise<ReadonlyMap<VersionId, Version>>
  /** Newest first. */
  list(serverId: ServerId): Promise<readonly Version[]>
  /** Of each server that has one, the newest that failed after it had begun to serve. */
  findFailedEach(
    serverIds: readonly ServerId[],
  ): Promise<ReadonlyMap<ServerId, { readonly number: number; readonly failure: VersionFailure }>>
  create(version: Version): Promise<void>
  setReview(id: VersionId, review: Review): Promise<void>
  /** What it was seen to speak. */
  setEras(id: VersionId, eras: readonly Era[]): Promise<void>
  /** Null: it is no longer held against it. */
  setFailure(id: VersionId, failure: VersionFailure | null): Promise<void>
  remove(id: VersionId): Promise<void>
  /** Trees that any version names, for collection. */
  listTreeHashes(): Promise<readonly string[]>
  /** By tree: how many servers have a version of it. */
  countTreeUsers(): Promise<ReadonlyMap<string, number>>
}

/** What was found in a version, whoever looked; it goes with the version. */
export interface Findings {
  /** Those that are there already, by fingerprint, stay. */
  add(versionId: VersionId, findings: readonly Finding[]): Promise<void>
  list(versionId: VersionId): Promise<readonly Finding[]>
}

export interface Suppressions {
  /** Expired ones too. */
  list(): Promise<readonly Suppression[]>
  /** A later one of the same finding replaces the earlier. */
  put(suppression: Suppression): Promise<void>
  /** False: there was none. */
  remove(fingerprint: string): Promise<boolean>
}

/** What a version defines otherwise than it did when it was pinned. */
export type DriftEntry = DefinitionChange & {
  /** Milliseconds since the epoch. */
  readonly seenAt: number
}

/** What a version is held to. */
export type PinRecord = {
  readonly versionId: VersionId
  /** Which kind of process said it; empty for the main one. */
  readonly facet: string
  readonly definitions: readonly Definition[]
  readonly drift: readonly DriftEntry[]
  readonly pinnedAt: number
  /** Who accepted it: `platform` for the first look. */
  readonly pinnedBy: string
}

/** A version's pins go with it. */
export interface Pins {
  find(versionId: VersionId, facet: string): Promise<PinRecord | null>
  /** Of all kinds of process. */
  list(versionId: VersionId): Promise<readonly PinRecord[]>
  /** Of each version that defines anything otherwise, the records that say so. */
  listDrifted(versionIds: readonly VersionId[]): Promise<ReadonlyMap<VersionId, readonly PinRecord[]>>
  /** Makes or replaces; nothing for a version that is gone. */
  save(record: PinRecord): Promise<void>
}

/** Trouble, and what was changed before it: both made from events, each of which counts once. */
export interface Incidents {
  find(id: IncidentId): Promise<Incident | null>
  /** Those that began last first. */
  list(filter: IncidentFilter): Promise<readonly Incident[]>
  /** Of one server: what is open, or was resolved after `since`. */
  listCurrent(serverId: ServerId, since: number): Promise<readonly Incident[]>
  /** The newest 20 of a server, newest first. */
  listChanges(serverId: ServerId): Promise<readonly ServerChange[]>
  /** The last event that was taken into account; null: none ever was. */
  cursor(): Promise<number | null>
  /** All of it or nothing. */
  save(step: {
    readonly cursor?: number
    readonly incidents?: readonly Incident[]
    readonly change?: ServerChange & { readonly serverId: ServerId }
  }): Promise<void>
  removeResolvedBefore(time: number): Promise<number>
}

export interface Operations {
  find(id: OperationId): Promise<Operation | null>
  /** Newest first. */
  list(filter: {
    readonly server?: string
    readonly status?: Operation['status']
    readonly limit: number
  }): Promise<readonly Operation[]>
  listRunning(): Promise<readonly Operation[]>
  create(operation: Operation): Promise<void>
  update(id: OperationId, changes: Partial<Omit<Operation, 'id'>>): Promise<void>
  removeEndedBefore(time: number): Promise<number>
}

/** Host uids for servers. */
export interface Uids {
  /** The server's uid, the same at every call. */
  allocate(serverId: ServerId): Promise<number>
  /** Call it only when no file of the server is left. */
  release(serverId: ServerId): Promise<void>
  /** Servers that have one. */
  list(): Promise<readonly ServerId[]>
}

/** Calls per server since a wall-clock time in milliseconds. */
export interface CallCounts {
  countSince(
    time: number,
  ): Promise<readonly { readonly serverId: ServerId; readonly calls: number; readonly failed: number }[]>
  /** Of one server since then, each tool by itself. */
  figures(serverId: ServerId, time: number): Promise<ServerCalls>
  /** How long calls took that began in this time, by whole minutes. */
  latencies(serverId: ServerId, from: number, to: number): Promise<LatencyHistogram>
  /** Hours and minutes since then with calls; a step may be there once for each tool. */
  steps(serverId: ServerId, time: number): Promise<readonly CallStep[]>
}

/** Advice on settings, and what became of it. It goes with its server. */
export interface Recommendations {
  find(id: string): Promise<Recommendation | null>
  /** Newest first. */
  list(filter: {
    readonly serverId?: ServerId
    readonly state?: RecommendationState
    readonly limit: number
  }): Promise<readonly Recommendation[]>
  /** Those that are open or watched, and those that ended since; of all servers, oldest first. */
  listLive(since: number): Promise<readonly Recommendation[]>
  /** Makes or replaces, all or none. */
  save(recommendations: readonly Recommendation[]): Promise<void>
  /** The measurements say the same again. */
  saw(ids: readonly RecommendationId[], at: number): Promise<void>
}

/** Ends for lack of memory, each with the limit that it met. They go with their server. */
export interface MemoryKills {
  add(kill: { readonly serverId: ServerId; readonly at: number; readonly memoryMb: number }): Promise<void>
  /** Oldest first. */
  list(
    serverId: ServerId,
    since: number,
  ): Promise<readonly { readonly at: number; readonly memoryMb: number }[]>
}

/** What a server reached and was refused at one place, since it was made. Bytes of the connections to it. */
export type EgressCount = {
  readonly host: string
  readonly port: number
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly connections: number
  readonly refused: number
  /** Why it was last refused; null when it never was. */
  readonly lastReason: string | null
  /** Milliseconds since the epoch. */
  readonly firstAt: number
  readonly lastAt: number
}
export type EgressChange = Omit<EgressCount, 'firstAt' | 'lastAt'> & { readonly at: number }

export interface EgressCounts {
  /** Adds up; of a server that is gone nothing is kept. Returns the places that were reached for the first time. */
  add(serverId: ServerId, changes: readonly EgressChange[]): Promise<readonly EgressChange[]>
  /** Of each server that reached anything: at most `limit` places, the latest first. */
  listEach(
    serverIds: readonly ServerId[],
    limit: number,
  ): Promise<ReadonlyMap<ServerId, readonly EgressCount[]>>
}

/** A server's own writable directory on the host. */
export interface ServerFiles {
  dataDirOf(serverId: ServerId): string
  /** Makes the directory; whose it is, its start decides. Idempotent. */
  prepare(serverId: ServerId): Promise<void>
  /** Removes it as the platform's user, by paths: only once nothing of the server runs that could swap one for a link. */
  remove(serverId: ServerId): Promise<void>
  /** Servers that have one. */
  list(): Promise<readonly ServerId[]>
  /** Bytes on the disk; null where the platform's user may not see it. */
  measure(serverId: ServerId): Promise<number | null>
}

/** Records of every kind that are kept for a number of days. */
export interface Retention {
  /** How many are past their time. */
  list(
    now: number,
  ): Promise<readonly { readonly name: string; readonly count: number; readonly days: number }[]>
  prune(name: string): Promise<void>
}

/** Which versions instances were started from, for as long as anything of them may be left. */
export interface Instances {
  list(): Promise<readonly { readonly serverId: ServerId; readonly versionId: VersionId }[]>
}

export interface Events {
  /** Events after `after`, oldest first. */
  list(filter: { readonly after?: number; readonly limit: number }): Promise<readonly EventRecord[]>
  /** The last `limit`, oldest first. */
  listLatest(limit: number): Promise<readonly EventRecord[]>
  subscribe(listener: (record: EventRecord) => void): () => void
}

/** Fulfilled by the runtime's log files. */
export interface Logs {
  read(serverId: ServerId, query: LogQuery): Promise<readonly LogLine[]>
  search(serverId: ServerId, search: LogSearch, signal: AbortSignal): Promise<LogHits>
  follow(serverId: ServerId, listener: (line: LogLine) => void): () => void
  remove(serverId: ServerId): Promise<void>
  /** Servers that have any. */
  list(): Promise<readonly ServerId[]>
  /** Lines dropped since the platform started. */
  dropped(serverId: ServerId): Readonly<Record<LogStream, number>>
  /** Files whose last line is older than `time`. */
  findOlder(
    serverId: ServerId,
    time: number,
  ): Promise<{ readonly files: number; readonly bytes: number; readonly at: number } | null>
  /** Returns the bytes that came free. */
  removeOlder(serverId: ServerId, time: number): Promise<number>
  /** Bytes on the disk. */
  measure(serverId: ServerId): Promise<number>
}

/** Fulfilled by the gateway: the same relay that clients use, in process. */
export interface HostedTools {
  breaker(serverId: ServerId): BreakerView | null
  list(server: string, principal: Principal, signal: AbortSignal): Promise<readonly JsonObject[]>
  /** Of the version that is tried beside a server; looks at what it says of itself as at every version's first words. */
  listBeside(
    server: string,
    versionId: VersionId,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<readonly JsonObject[]>
  /** The tool's result as the server gave it; `isError` inside it is not an exception. */
  call(
    server: string,
    tool: string,
    args: JsonObject,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<JsonObject>
  /** Resources and prompts, for those who may use the server as a whole. */
  consult(
    server: string,
    consultation: Consultation,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<JsonObject>
}

/** An archive on the platform's disk, complete and within the size limit. */
export type ReceivedArchive = {
  readonly path: string
  readonly bytes: number
  /** SHA-256, hex. */
  readonly hash: string
}

/** With the time it took to come, milliseconds since the epoch: its operation begins when it is there. */
export type TimedArchive = ReceivedArchive & { readonly beganAt: number; readonly endedAt: number }

type InstallRequest = {
  readonly archive: ReceivedArchive
  /** The request's fields, as they came: they win over the archive's server_config.json. */
  readonly config: JsonObject
  readonly onStage: (stage: Stage, status: StageStatus, note: string | null) => void
  readonly onLog: (stage: Stage, line: string) => void
  /** The scan's end: answers one sentence on the verdict, or throws what refuses the archive. Not called without a scan. */
  readonly onScan: (report: ScanReport) => Promise<string>
}

export type Installed = {
  /** As request or archive name it; null when neither does. */
  readonly name: string | null
  /** Milliseconds since the epoch; null: for good; undefined: neither says. */
  readonly expiresAt: number | null | undefined
  readonly treeHash: string
  readonly archiveHash: string
  readonly archiveFormat: ArchiveFormat
  readonly archiveBytes: number
  readonly config: ServerConfig
  readonly detection: Detection
}

/** From bytes to an installed tree. Fulfilled by intake. */
export interface Intake {
  /** Streams to disk; leaves nothing when it throws (`body_too_large`, `archive_truncated`, `disk_full`). */
  receive(source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ReceivedArchive>
  /** Forgets a received archive. Idempotent. */
  discard(archive: ReceivedArchive): Promise<void>
  /** validate → scan → unpack → install. Leaves nothing but cached parts when it throws. */
  install(request: InstallRequest, signal: AbortSignal): Promise<Installed>
  /** validate → scan, whether uploads are scanned or not; leaves nothing. Throws what validate throws. */
  scan(archive: ReceivedArchive, signal: AbortSignal): Promise<ScanReport>
  /** What in the texts that a model reads is not meant for a person's eyes, or gives the model orders. */
  lintMetadata(definitions: readonly Definition[]): Promise<readonly Finding[]>
  /** Removes every tree whose hash is not kept. */
  collect(keep: readonly string[]): Promise<void>
  /** What nobody uses, whoever left it. */
  readonly leftovers: {
    list(keep: readonly string[]): Promise<readonly LeftoverFact[]>
    /** Returns the bytes that came free; 0 for what is in use by now. */
    remove(kind: LeftoverFact['kind'], name: string): Promise<number>
  }
  /** By their hashes. */
  compareTrees(before: string, after: string): Promise<TreeComparison>
  /** Bytes on the disk by its share, where files have names in other trees too; and what goes back to the disk with it. */
  measureTree(treeHash: string): Promise<{ readonly bytes: number; readonly ownBytes: number }>
}

/** One start in a throw-away sandbox with bait and without a network. Fulfilled by the runtime. */
export interface DryRuns {
  /** Throws AppError when it cannot run contained. */
  run(
    version: Pick<Installed, 'treeHash' | 'config' | 'detection'>,
    signal: AbortSignal,
  ): Promise<DryRunReport>
}

/** Servers as they run. Fulfilled by the runtime's supervisor, which tells each change of status with its actor. */
export interface Supervision {
  /** Makes a new server known, stopped. Idempotent. */
  track(serverId: ServerId, server: string): void
  /** The verbs resolve when the wish is taken; `settled` waits for what comes of it. */
  start(serverId: ServerId, actor: string): Promise<ServerState>
  stop(serverId: ServerId, actor: string): Promise<ServerState>
  restart(serverId: ServerId, actor: string): Promise<ServerState>
  /** Ends whatever is left of it and forgets it. Unknown servers are fine. */
  remove(serverId: ServerId, actor: string): Promise<void>
  /** The first state that `fits`, now or later. Throws `wait_timeout` when `signal` aborts first. */
  settled(
    serverId: ServerId,
    fits: (state: ServerState) => boolean,
    signal: AbortSignal,
  ): Promise<ServerState>
  /** Begins with another version beside what runs. It serves nobody until it is promoted. */
  tryBeside(serverId: ServerId, versionId: VersionId): Promise<TriedVersion>
  /** All that are known. */
  list(): readonly ServerId[]
  state(serverId: ServerId): ServerState | null
  /** When desired and observed were compared last, and what differs of this server. */
  observation(serverId: ServerId): Observation
  restarts(serverId: ServerId): number
  /** Of the main process; null where the supervisor does not know the server. */
  health(serverId: ServerId): ServerHealth | null
  facts(serverId: ServerId): InstanceFacts | null
  /** Asks a process of its own whether the server speaks 2026-07-28. `unknown`: nothing can be concluded. */
  probeModern(
    serverId: ServerId,
    signal: AbortSignal,
  ): Promise<{ readonly modern: boolean | 'unknown'; readonly detail: string }>
  /** What it was seen to speak, from now on. */
  learnEras(serverId: ServerId, eras: readonly Era[]): void
  /** Of all its processes, while they run; false: some get it at their next start only. */
  resize(
    serverId: ServerId,
    change: Partial<Pick<ResourceLimits, 'memoryMb' | 'cpuPercent'>>,
  ): Promise<boolean>
  /** The latest samples of all its processes together; null unless an instance lives. */
  usage(serverId: ServerId): ResourceUsage | null
  /** The main process first, whatever its state; of the others those that live or wait to be tried again. */
  processes(serverId: ServerId): readonly ProcessView[]
}

/** What clients have open at servers. Fulfilled by the gateway. */
export interface ServerLoads {
  /** Servers at which nothing is open may be absent. */
  read(): ReadonlyMap<ServerId, { readonly sessions: number; readonly streams: number }>
}

/** What the host takes at this moment, all of it. */
export interface Machine {
  /** CPU since the reading before; null at the first, and where it may not be read. */
  read(): {
    readonly cpuMillicores: number | null
    readonly cores: number
    readonly memoryUsed: number
    readonly memorySize: number
  }
  /** Where the servers lie; null where it cannot be asked. */
  readDisk(): Promise<{ readonly freeBytes: number; readonly sizeBytes: number } | null>
}

/** What was measured of servers, over time. */
export interface SampleStore {
  /** Steps of ten seconds; one that is there already grows. In one transaction. */
  append(rows: readonly SampleRow[]): Promise<void>
  /**
   * Steps of so many seconds that begin in this time, in order; a step in which nothing was seen is absent. What is
   * kept at a coarser grain stands at the beginning of its own.
   */
  range(serverId: ServerId, from: number, to: number, step: number): Promise<readonly SampleRow[]>
  saveDaily(profiles: readonly DailyProfile[]): Promise<void>
  /** Of all versions, in order of days. @param since whole days since 1970; absent: all that are kept */
  daily(serverId: ServerId, since?: number): Promise<readonly DailyProfile[]>
  /** One piece of work: an hour of a server into a block, or old blocks into a coarser one. False: nothing to do. */
  compact(now: number): Promise<boolean>
}

/** A version beside the one that serves. */
export interface TriedVersion {
  readonly versionId: VersionId
  /** Again too, after it ended. */
  start(actor: string): Promise<void>
  state(): ServerState
  settled(fits: (state: ServerState) => boolean, signal: AbortSignal): Promise<ServerState>
  facts(): InstanceFacts | null
  probeModern(signal: AbortSignal): Promise<{ readonly modern: boolean | 'unknown'; readonly detail: string }>
  learnEras(eras: readonly Era[]): void
  /**
   * From this moment on it is the server: no call sees neither of the two. What was there before takes nothing new, and
   * ends when it has answered what it was asked, or after `drainMs`.
   */
  promote(told: { readonly reason: string; readonly actor: string }, drainMs: number): void
  /** Resolves when nothing of it is left. Nothing once it was promoted. */
  discard(): Promise<void>
}

/** What may be told of a stored secret. */
export type SecretFacts = {
  readonly name: string
  /** Rises each time it is set. */
  readonly version: number
  readonly as: SecretDelivery
  /** Tells whether two settings of it had the same value; keyed, so that nobody can guess by it. */
  readonly fingerprint: string
  readonly createdAt: number
  readonly createdBy: string
  /** False when the instance that was started last holds another version of it, or none. */
  readonly inUse: boolean
}

export type ServerSecrets = {
  readonly stored: readonly SecretFacts[]
  /** True while an instance that runs holds a value that was replaced or removed. */
  readonly hasRetired: boolean
}

export type NewSecret = { readonly name: string; readonly value: Secret; readonly as: SecretDelivery }
export type OpenedSecret = NewSecret & { readonly version: number }

export type VaultStatus = {
  /** `unused`: there is no secret yet, and no key is needed. */
  readonly state: 'unused' | 'ready' | 'locked'
  readonly keyId: string | null
  /** Where the key comes from, for the operator. */
  readonly place: string
  readonly problem: string | null
}

/** Secrets of servers, encrypted at rest. Fulfilled by the store's vault. */
export interface Secrets {
  list(serverId: ServerId): Promise<readonly SecretFacts[]>
  /** Of each server that has any. */
  listEach(serverIds: readonly ServerId[]): Promise<ReadonlyMap<ServerId, ServerSecrets>>
  /** All or none. Throws `keys_locked`. @param isLive an instance may hold the values that are replaced. */
  set(
    serverId: ServerId,
    secrets: readonly NewSecret[],
    by: string,
    isLive: boolean,
  ): Promise<readonly SecretFacts[]>
  /** False when there is none of that name. */
  remove(serverId: ServerId, name: string, isLive: boolean): Promise<boolean>
  /**
   * Decrypts; [] without a key where there is none. Throws `keys_locked`, `secret_unreadable`.
   * @param which `next`: for a start; `running`: what the instance that was started last got
   */
  open(serverId: ServerId, which: 'next' | 'running'): Promise<readonly OpenedSecret[]>
  /** An instance gets these. @param how `alone`: the one before is gone; `beside`: it goes on with what it has. */
  beginUse(
    serverId: ServerId,
    secrets: readonly Pick<OpenedSecret, 'name' | 'version'>[],
    how: 'alone' | 'beside',
  ): Promise<void>
  /** No instance holds anything of it. */
  endUse(serverId: ServerId): Promise<void>
  /** A new key in the place of the old. Throws `keys_locked`, and `conflict` where the key is not the platform's to change. */
  rotateKey(): Promise<{ readonly keyId: string; readonly secrets: number }>
  status(): Promise<VaultStatus>
  /** For what is no server's: bound to `about`, and readable as long as the secrets are. Throws `keys_locked`. */
  seal(value: Secret, about: string): Promise<Uint8Array>
  /** Null: damaged, or sealed for something else. Throws `keys_locked`. */
  unseal(sealed: Uint8Array, about: string): Promise<Secret | null>
}
