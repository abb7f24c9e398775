import type { ArchiveFormat } from './archive.ts'
import type { Enforcement, IsolationTier } from './enforcement.ts'
import type { PinMode } from './definition.ts'
import type { UpstreamEra } from './era.ts'
import type { ServerId, VersionId } from './id.ts'
import type { Era } from './process-key.ts'
import type { Instances, SessionLoss } from './server-traits.ts'
import type { Lifetime } from './lifetime.ts'
import type { RuntimeKind } from './runtime-kind.ts'
import type { Review, VersionScan } from './scan-report.ts'
import type { SecretDeclaration } from './secret-declaration.ts'
import type { DesiredState, ServerState } from './server-state.ts'
import type { VersionFailure, VersionWatch } from './version-watch.ts'

export type ResourceLimits = {
  /** MiB; the whole process tree. */
  readonly memoryMb: number
  /** Percent of one core; 150 is one and a half. */
  readonly cpuPercent: number
  /** Tasks: processes and threads. At least 16, since Node hangs below. */
  readonly maxProcesses: number
  /** MiB of /data. How hard it is held, and by what, the enforcement record says. */
  readonly diskMb: number
}

export const DEFAULT_LIMITS: ResourceLimits = {
  memoryMb: 512,
  cpuPercent: 100,
  maxProcesses: 128,
  diskMb: 512,
}

/** A server's configuration after precedence: request, server_config.json, manifest.json, detection. Durations in seconds. */
export type ServerConfig = {
  readonly description: string
  readonly environment: Readonly<Record<string, string>>
  readonly autoRestart: boolean
  readonly maxRestarts: number
  readonly restartDelaySeconds: number
  readonly healthCheckIntervalSeconds: number
  /** For the answer to one probe. */
  readonly healthCheckTimeoutSeconds: number
  /** So many misses in a row, and it is ended. */
  readonly healthFailureThreshold: number
  /** So many answers in a row, and an unhealthy one is healthy again. */
  readonly healthSuccessThreshold: number
  readonly startTimeoutSeconds: number
  readonly limits: ResourceLimits
  readonly tags: readonly string[]
  /** False: no network whatever `egress` says. */
  readonly allowedNetwork: boolean
  /** Where it may go, as rules (src/domain/egress-rule.ts); empty: nowhere. */
  readonly egress: readonly string[]
  /** What becomes of definitions that change without a new version. */
  readonly pin: PinMode
  /** By name. */
  readonly secrets: readonly SecretDeclaration[]
  /** How it speaks MCP: over its standard streams, or Streamable HTTP at `port` on its own loopback. */
  readonly transport: Transport
  /** Set exactly when it speaks HTTP. */
  readonly port: number | null
  readonly path: string
  /** `http://127.0.0.1:<port>/…`, asked in the place of a ping; null: it is pinged. */
  readonly healthCheckUrl: string | null
  readonly upstreamEra: UpstreamEra
  /** Who shares a process of it. */
  readonly instances: Instances
  readonly onSessionLoss: SessionLoss
  /** Unused for so long a process is stopped until somebody asks again; 0: the main process stays. */
  readonly idleStopSeconds: number
  /** Deadline of one call; 0: the platform's. */
  readonly callTimeoutSeconds: number
  /** Tools that no client sees or calls. */
  readonly disabledTools: readonly string[]
}

export const TRANSPORTS = ['stdio', 'http'] as const
export type Transport = (typeof TRANSPORTS)[number]

export const INSTALLERS = ['npm', 'pip', 'uv'] as const
export type Installer = (typeof INSTALLERS)[number]

/** What intake found and why; shown to the one who deployed. */
export type Detection = {
  readonly runtime: RuntimeKind
  readonly command: readonly string[]
  readonly installer: Installer | null
  /** One sentence each, in the order they were decided. */
  readonly reasons: readonly string[]
  /** Things accepted but ignored or unusual. */
  readonly notices: readonly string[]
  /** Absent of versions of before this was kept. */
  readonly shape?: ServerShape
}

/** What is known of a server before it ever ran. */
export type ServerShape = {
  /** Names without versions, of what it names itself; sorted. */
  readonly dependencies: readonly string[]
  /** Of those that are known; absent of versions of before this was kept. */
  readonly versions?: Readonly<Record<string, string>>
  /** The name of its package; null where it has none. */
  readonly family: string | null
  /** The request, the archive or the operator says how much memory it may take. */
  readonly isMemorySet: boolean
}

/** One immutable upload with its dependencies: a read-only tree named by its hash. */
export type Version = {
  readonly id: VersionId
  readonly serverId: ServerId
  /** 1, 2, 3 … for each server. */
  readonly number: number
  /** SHA-256, hex, of the installed tree (paths, modes, contents). */
  readonly treeHash: string
  /** SHA-256, hex, of the archive's bytes. */
  readonly archiveHash: string
  readonly archiveFormat: ArchiveFormat
  readonly archiveBytes: number
  readonly config: ServerConfig
  readonly detection: Detection
  /** Null: not scanned. */
  readonly scan: VersionScan | null
  /** Null: nothing holds it. A pending one does not start. */
  readonly review: Review | null
  /** What it was seen to speak; null: not known for sure yet. */
  readonly eras: readonly Era[] | null
  /** Null: it did not fail after it had begun to serve. */
  readonly failure: VersionFailure | null
  readonly createdAt: number
  readonly createdBy: string
  /** By which door it came in; null for versions of before that was kept. */
  readonly createdVia: VersionDoor | null
}

export const VERSION_DOORS = ['api', 'mcp'] as const
export type VersionDoor = (typeof VERSION_DOORS)[number]

/** What is absent is as the version says; environment and limits entry by entry. */
export type ServerOverrides = Partial<Omit<ServerConfig, 'limits' | 'secrets'>> & {
  readonly limits?: Partial<ResourceLimits>
}

export type Server = {
  readonly id: ServerId
  readonly name: string
  readonly desired: DesiredState
  readonly activeVersion: VersionId | null
  /** A host uid for this server alone; null where the daemon may not give one. Not reused while its files exist. */
  readonly uid: number | null
  /** Changes by `set`, over the active version's configuration. */
  readonly overrides: ServerOverrides
  /** The last state, kept so that `failed` and the last exit survive the daemon. */
  readonly lastState: ServerState
  readonly restarts: number
  readonly lifetime: Lifetime
  /** Null: no version has to prove itself at the moment. */
  readonly watch: VersionWatch | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** What status, list, the API and the tools show of a running instance. Bytes, seconds. */
export type InstanceFacts = {
  readonly pid: number
  readonly uid: number
  readonly tier: IsolationTier
  readonly enforcement: Enforcement
  /** As they were at its start: a later change of settings is not in force yet. */
  readonly limits: ResourceLimits
  readonly egress: readonly string[]
  /** True when this daemon found it running and took it over. */
  readonly adopted: boolean
  readonly protocolVersion: string
  readonly serverInfo: { readonly name: string; readonly version: string } | null
}

export type ResourceUsage = {
  readonly memoryBytes: number
  readonly memoryPeakBytes: number
  /** Counters; they fall only at a restart. */
  readonly cpuSeconds: number
  readonly cpuThrottledSeconds: number
  readonly processes: number
  readonly oomKills: number
  /** Percent of one core since the sample before; null at the first. */
  readonly cpuPercent: number | null
  readonly detail: UsageDetail
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** What is kept over time and not shown of the moment. Null: it cannot be measured here. */
export type UsageDetail = {
  /** No control group counts: what happens between two samples is not seen. */
  readonly isWatched: boolean
  /** Counters, as those above. */
  readonly periods: number | null
  readonly throttledPeriods: number | null
  readonly readBytes: number | null
  readonly writtenBytes: number | null
  readonly descriptors: number | null
  /** TCP connections and listening ports in the network namespace of its own. */
  readonly connections: number | null
}

export const NO_DETAIL: UsageDetail = {
  isWatched: true,
  periods: null,
  throttledPeriods: null,
  readBytes: null,
  writtenBytes: null,
  descriptors: null,
  connections: null,
}
