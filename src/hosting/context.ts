import type { AuditLog } from '../domain/audit.ts'
import type { Clock } from '../domain/clock.ts'
import type { ClockJumps } from '../domain/clock-jumps.ts'
import type { EventSink } from '../domain/event.ts'
import type { ScanPolicy } from '../domain/finding.ts'
import type { IdOf, OperationId, ServerId } from '../domain/id.ts'
import type { Memories } from '../domain/memory.ts'
import type { MemoryPeers } from '../domain/memory-peers.ts'
import type { Tier } from '../domain/recommendation.ts'
import type { GrowthBook } from './incidents/growth-book.ts'
import type { AdviceGuard } from './recommend/advice-guard.ts'
import type { CleanupPolicy } from './cleanup/cleanup-item.ts'
import type { DiskBook } from './disk-book.ts'
import type { EraLearner } from './learn-eras.ts'
import type { DefinitionBook } from './definition-book.ts'
import type { OperationRecorder } from './operation-recorder.ts'
import type {
  CallCounts,
  DryRuns,
  EgressCounts,
  Events,
  Findings,
  HostedTools,
  Incidents,
  Instances,
  Intake,
  Logs,
  MemoryKills,
  Operations,
  Pins,
  Recommendations,
  Retention,
  SampleStore,
  Secrets,
  ServerFiles,
  Servers,
  Supervision,
  Suppressions,
  Uids,
  Versions,
} from './ports.ts'
import type { ServerLocks } from './server-locks.ts'
import type { StageDeadlines } from './stage-limits.ts'
import type { VersionWatcher } from './watch-version.ts'

export type AdviceSettings = {
  readonly tier: Tier
  readonly applyByItself: boolean
  readonly watchMs: number
  /** No server is given more memory than this by advice, MiB. */
  readonly capMib: number
  /** The platform's deadlines of a call, seconds. */
  readonly callTimeout: { readonly usual: number; readonly most: number }
}

export type HostingDeps = {
  readonly servers: Servers
  readonly versions: Versions
  readonly findings: Findings
  readonly suppressions: Suppressions
  readonly pins: Pins
  readonly definitions: DefinitionBook
  readonly operations: Operations
  readonly uids: Uids
  readonly ledger: Instances
  readonly retention: Retention
  readonly events: EventSink & Events
  /** For what is no request: a version that comes in unscanned. */
  readonly audit: AuditLog
  readonly calls: CallCounts
  readonly recommendations: Recommendations
  readonly kills: MemoryKills
  readonly incidents: Pick<Incidents, 'list'>
  readonly memories: Pick<Memories, 'node' | 'search' | 'recent' | 'store' | 'replace' | 'removeHidden'>
  /** What hAIveMinds know, within a short time. */
  readonly recall: MemoryPeers['recall']
  readonly egress: EgressCounts
  readonly files: ServerFiles
  readonly secrets: Secrets
  readonly intake: Intake
  /** Null: the operator turned them off. */
  readonly dryRuns: DryRuns | null
  readonly supervision: Supervision
  readonly tools: HostedTools
  readonly eras: EraLearner
  readonly logs: Logs
  readonly samples: SampleStore
  /** What memory of servers was seen to do. */
  readonly growth: Pick<GrowthBook, 'of'>
  readonly host: {
    readonly millicores: number
    /** Percent of the last minute in which something waited for a CPU; null: this kernel does not say. */
    readonly readCpuPressure: () => number | null
  }
  readonly clock: Clock
  readonly createId: <K extends keyof IdOf>(prefix: K) => IdOf[K]
  readonly settings: {
    /** Servers that are not `failed`. */
    readonly maxServers: number
    /** Whether the daemon may give each server a uid of its own. */
    readonly distinctUids: boolean
    readonly cleanup: CleanupPolicy
    /** Calls at a version that was replaced have this long to end. */
    readonly drainMs: number
    /** So long a new version has to prove itself; 0: not at all. */
    readonly watchMs: number
    readonly stages: StageDeadlines
    readonly advice: AdviceSettings
    readonly scan: { readonly policy: ScanPolicy; readonly onReview: 'hold' | 'allow' }
  }
  /** What no verb expects: shown to nobody, so logged whole. @param where the operation it broke; null for the platform's own work. */
  readonly onDefect: (error: unknown, where: OperationId | null) => void
  /** The server is gone: its sessions end. */
  readonly onDeleted: (serverId: ServerId) => void
}

/** What every verb works on. */
export type HostingContext = HostingDeps & {
  readonly locks: ServerLocks
  readonly watcher: VersionWatcher
  readonly guard: AdviceGuard
  /** Deployments that are going on, or whose end the store could not take. */
  readonly live: Map<OperationId, LiveDeployment>
  readonly clockJumps: ClockJumps
  readonly disk: DiskBook
  /** Aborts when the platform stops. */
  readonly closing: AbortSignal
}

type LiveDeployment = {
  readonly recorder: OperationRecorder
  /** Resolves when nothing of it goes on and its name is free again. */
  readonly work: Promise<void>
}
