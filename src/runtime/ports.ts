/** What the runtime needs from others, and the shape every way of running an instance has. */
import type { Duplex, Readable, Writable } from 'node:stream'
import type { Enforcement, IsolationTier } from '../domain/enforcement.ts'
import type { Place } from '../domain/egress-rule.ts'
import type { InstanceId, ServerId, VersionId } from '../domain/id.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Era, ProcessKey } from '../domain/process-key.ts'
import type { RuntimeKind } from '../domain/runtime-kind.ts'
import type { Secret } from '../domain/secret.ts'
import type { SecretDelivery } from '../domain/secret-declaration.ts'
import type { ResourceLimits, ResourceUsage, ServerConfig } from '../domain/server.ts'
import type { DesiredState, Exit, ExitCause, ServerState } from '../domain/server-state.ts'

/** Everything needed to start one server, composed from its record and its active version. */
export type ServerLaunch = {
  readonly serverId: ServerId
  readonly server: string
  readonly versionId: VersionId
  /** Null where the daemon may not give a uid of its own. */
  readonly uid: number | null
  readonly runtime: RuntimeKind
  readonly command: readonly string[]
  /** Host paths: the read-only tree for /app, the writable directory for /data. */
  readonly appDir: string
  readonly dataDir: string
  readonly config: ServerConfig
  /** What this version was seen to speak; null: not known for sure yet. */
  readonly eras: readonly Era[] | null
  /** For this one instance; kept out of all that is stored or shown of it. */
  readonly secrets: readonly LaunchSecret[]
}

/** One of a server's processes: all of them are started alike, and told of different clients. */
export type LaunchSpec = ServerLaunch & { readonly key: ProcessKey }

export type LaunchSecret = {
  readonly name: string
  readonly version: number
  readonly value: Secret
  readonly as: SecretDelivery
}

/**
 * One instance as the ledger keeps it: written before the spawn, completed before the gate opens.
 * A process is only ever meant by pid together with start time and boot id.
 */
export type LedgerRow = {
  readonly instanceId: InstanceId
  readonly serverId: ServerId
  readonly versionId: VersionId
  readonly key: ProcessKey
  /** Names the run directory and the cgroup; never in the server's environment. */
  readonly token: string
  readonly backend: string
  readonly pid: number | null
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly startTime: number | null
  readonly bootId: string
  readonly runDir: string
  readonly cgroup: string | null
  readonly enforcement: Enforcement | null
  /** Set once MCP initialization was answered: an adopted server is not initialized twice. */
  readonly initializeResult: JsonObject | null
  readonly createdAt: number
}

/** What tells an instance from others. */
export type BriefRow = Pick<
  LedgerRow,
  'instanceId' | 'serverId' | 'token' | 'pid' | 'startTime' | 'bootId' | 'createdAt'
>

/** Fulfilled by store/. Every write is durable when its promise resolves. */
export interface Ledger {
  list(): Promise<readonly LedgerRow[]>
  /** Cheap enough for every second. */
  listBrief(): Promise<readonly BriefRow[]>
  create(row: LedgerRow): Promise<void>
  update(instanceId: InstanceId, changes: Partial<LedgerRow>): Promise<void>
  remove(instanceId: InstanceId): Promise<void>
}

/** Fulfilled by hosting's records. */
export interface ServerRecords {
  /**
   * `start`: what a new instance gets. Throws AppError when the server cannot be started: it has no version, a secret
   * that it needs is missing, or the secrets are locked. `adopt`: what the instance that runs already has got.
   */
  findLaunchSpec(
    serverId: ServerId,
    purpose: 'start' | 'adopt',
    /** Another than the active one. */
    versionId?: VersionId,
  ): Promise<ServerLaunch>
  /**
   * Called before an instance of this spec is made. Throws AppError to refuse it.
   * @param how `alone`: no instance of another spec is left; `beside`: one of another version goes on
   */
  beginLaunch(spec: ServerLaunch, how?: 'alone' | 'beside'): Promise<void>
  /** No instance of another spec is left; null: none at all. */
  endLaunchBeside(serverId: ServerId, spec: ServerLaunch | null): Promise<void>
  /** Every server with what it should be, for recovery. */
  listDesired(): Promise<
    readonly {
      readonly serverId: ServerId
      readonly server: string
      readonly desired: DesiredState
      readonly activeVersion: VersionId | null
      /** In which its main process is started; null while it is not known for sure what it speaks. */
      readonly mainEra: Era | null
      /** What its next start would get; null without a version. */
      readonly next: Pick<ServerLaunch, 'config' | 'eras'> | null
      readonly lastState: ServerState
      /** As last saved by `saveState`. */
      readonly restarts: number
    }[]
  >
  /** Every server with what it should be, cheap enough for every second. */
  listWishes(): Promise<
    readonly {
      readonly serverId: ServerId
      readonly server: string
      readonly desired: DesiredState
      readonly activeVersion: VersionId | null
    }[]
  >
  /**
   * Keeps the state so that `failed`, the last exit and the restart count survive the daemon.
   * `restarts` counts automatic restarts since the last manual start.
   */
  saveState(serverId: ServerId, state: ServerState, restarts: number): Promise<void>
}

/** More memory for the next process of a server, as it is kept now. */
export type MemoryRaise = { readonly fromMb: number; readonly toMb: number }

/** Fulfilled by hosting's raiser. Null: it stays as it is. Never throws. */
export type RaiseMemory = (serverId: ServerId, limitMb: number) => Promise<MemoryRaise | null>

/** What can change while a process runs. */
export type LimitChange = Partial<Pick<ResourceLimits, 'memoryMb' | 'cpuPercent'>>

/** One thing that the proxy of a sandbox did. Bytes are those of the connection to the place. */
export type EgressEntry = Place &
  (
    | { readonly kind: 'opened' }
    | { readonly kind: 'moved'; readonly sent: number; readonly received: number }
    | { readonly kind: 'refused'; readonly reason: string }
  )

/** What servers reach and are refused. Fulfilled by hosting's egress recorder. */
export interface EgressLog {
  /** Never throws, never blocks. */
  record(serverId: ServerId, entry: EgressEntry): void
}

/** What a host can enforce, found by trying; shown by doctor. */
export type HostProbe = {
  readonly tier: IsolationTier
  /** What a new instance with limits would get. */
  readonly planned: Enforcement
  readonly cgroup: 'v1' | 'v2' | 'none'
  readonly checks: readonly {
    readonly id: string
    readonly area: string
    readonly status: 'ok' | 'warn' | 'fail'
    readonly found: string
    readonly fix: string | null
  }[]
}

/** How an ended sandbox reads: the cause that its own evidence gives, before the supervisor's (asked, health …). */
export type InstanceEnd = Omit<Exit, 'stderrTail' | 'class' | 'fingerprint'> & {
  /** Absent where nobody watched it to its end. */
  readonly evidence?: ExitEvidence
}

/** What the kernel and the proxy noted of one instance, besides how it ended. */
export type ExitEvidence = {
  /** How often the kernel refused it a process (`pids.events`); null where no control group counts. */
  readonly refusedTasks: number | null
  /** It was ended since its files were more than it may keep. */
  readonly isOverDisk: boolean
  /** It has no network but its own loopback. */
  readonly isOffline: boolean
  /** What its proxy refused it, each place once. */
  readonly refusedPlaces: readonly Place[]
}

/** Where a server that speaks HTTP itself is reached: a port in its own network namespace. */
export type HttpEndpoint = {
  readonly port: number
  readonly path: string
  /** Asked in the place of a ping; null: it is pinged. */
  readonly healthPath: string | null
  /** A new connection to the port. Rejects, with `code` ECONNREFUSED while nobody listens there. */
  open(): Promise<Duplex>
  /** The session that was kept last; it outlives the daemon. */
  readSession(): Promise<string | null>
  /** Never throws: a session that cannot be kept is opened anew by the next daemon. */
  writeSession(id: string | null): void
}

/**
 * A live instance. The FIFOs stay open in the instance whoever holds this value: end-of-file on stdout is not exit.
 */
export interface Instance {
  readonly instanceId: InstanceId
  readonly pid: number
  readonly uid: number
  readonly enforcement: Enforcement
  /** What `enforcement` holds it to now. */
  readonly limits: ResourceLimits
  /** The places it was started with, as rules; empty: no network but its own loopback. */
  readonly egress: readonly string[]
  /** Why it cannot be kept although it runs, found when it was adopted; it has to be ended with cause `platform`. */
  readonly defect: string | null
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Null for a server that speaks MCP over its standard streams. */
  readonly http: HttpEndpoint | null
  /**
   * Resolves once, when nothing of the instance's tree is left and its cgroup and run directory are gone.
   * What the tree wrote before is still delivered: stdout and stderr end by themselves, not by being destroyed.
   * The ledger row is left to the supervisor.
   */
  readonly ended: Promise<InstanceEnd>
  /**
   * The stop ladder on the whole tree: SIGTERM, `graceMs`, then SIGKILL of the PID namespace and the cgroup.
   * The first cause wins: `cause` is what `ended` reports unless the instance had already ended by itself.
   */
  stop(cause: ExitCause, detail: string, graceMs: number): Promise<InstanceEnd>
  /** Leaves it running and closes this side's descriptors. */
  release(): void
  usage(): Promise<ResourceUsage>
  /** While it runs. False: the change waits for the next start, since nothing here can make it in place. */
  resize(change: LimitChange): Promise<boolean>
}

export interface Backend {
  readonly name: string
  probe(): Promise<HostProbe>
  /**
   * Writes the ledger row, spawns, completes the row, opens the gate.
   * Throws AppError (`sandbox_failed`, `isolation_too_weak`, `command_not_found`) with nothing left behind.
   */
  start(spec: LaunchSpec, ledger: Ledger): Promise<Instance>
  /** The instance behind a row if pid, start time, boot id and token still match; else null. */
  adopt(row: LedgerRow): Promise<Instance | null>
  /** How the instance behind a row ended while nobody watched; null while it lives and where nothing tells. */
  readEnd(row: LedgerRow): Promise<InstanceEnd | null>
  /** Ends whatever is left of a row: by its cgroup, else the init of its PID namespace. Idempotent. */
  reap(row: LedgerRow): Promise<void>
  /** What there is at this moment: of each row, and beside them. Reads little, so that it can be asked every second. */
  observe(rows: readonly BriefRow[]): Promise<{
    readonly rows: ReadonlyMap<
      InstanceId,
      {
        /** This daemon makes, runs or ends it. */
        readonly isHeld: boolean
        readonly isAlive: boolean
      }
    >
    /** Names of control groups and run directories that no row names and this daemon does not hold. */
    readonly strays: readonly string[]
  }>
  /**
   * Removes cgroups, run directories and mounts that no row names. Returns what it removed.
   * @param among only these; absent: all.
   */
  sweep(rows: readonly BriefRow[], among?: ReadonlySet<string>): Promise<readonly string[]>
}
