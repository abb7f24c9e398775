/** What a run needs, what it tells, and what may be asked of it. */
import type { LogFiles } from '../instance/log-files.ts'
import type { AppError } from '../../domain/error.ts'
import type { Clock } from '../../domain/clock.ts'
import type { Evidence, Vigil } from '../../domain/health.ts'
import type { InstanceId, ServerId } from '../../domain/id.ts'
import type { Era } from '../../domain/process-key.ts'
import type { InstanceFacts, ResourceUsage } from '../../domain/server.ts'
import type { Exit, ExitCause } from '../../domain/server-state.ts'
import type { Logger } from '../../system/log.ts'
import type { Backend, Ledger, LimitChange, ServerRecords } from '../ports.ts'
import type { Presence } from './presence.ts'
import type { Activity, ServerConnection } from './server-connection.ts'

export type RunDeps = {
  readonly backend: Backend
  readonly ledger: Ledger
  readonly records: Pick<ServerRecords, 'beginLaunch'>
  readonly logs: Pick<LogFiles, 'append' | 'offer'>
  readonly clock: Clock
  readonly logger: Logger
  readonly daemonGeneration: number
  readonly platformVersion: string
  /** A call of an earlier daemon goes on in this instance. */
  readonly isAwaited?: (instanceId: InstanceId) => boolean
  readonly presence: Presence
  /** Each look at whether a process answers, of all servers. */
  readonly onEvidence?: (serverId: ServerId, evidence: Evidence) => void
}

/** What becomes of a run. `onEnded` comes exactly once and last, unless the run is released. */
export type RunHandlers = {
  /** How the process before it ended. */
  readonly lastExit: () => Exit | null
  readonly onReady: (era: Era) => void
  readonly onUnfit: (cause: ExitCause, detail: string) => void
  readonly onEvidence: (evidence: Evidence, vigil: Vigil) => void
  readonly onEnded: (exit: Exit, final: boolean) => void
}

export interface Run {
  /** Null until it was made. */
  instanceId(): InstanceId | null
  /** Null until MCP initialization was answered. */
  connection(): ServerConnection | null
  facts(): InstanceFacts | null
  usage(): ResourceUsage | null
  /** See Instance. False where there is no instance yet. */
  resize(change: LimitChange): Promise<boolean>
  /** Null until it may be used. */
  activity(): Activity | null
  /** Closes it for callers unless somebody needs it; true: nothing can be lost by stopping it now. */
  retire(): boolean
  /** Closes it for callers although it is needed: what it was asked before it still answers. */
  supersede(error: AppError): void
  /** The first cause wins. Also ends a run that is not spawned yet, as soon as it is. */
  stop(cause: ExitCause, detail: string): void
  /** For one whose end nobody told: ends whatever is left of it, then the run, as if that had been seen. */
  endUnseen(): Promise<void>
  /** Leaves the instance running and forgets it. */
  release(): void
}
