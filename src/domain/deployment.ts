/**
 * A deployment is an operation that always ends: fully there or fully absent.
 *
 *  receive ─► validate ─► scan ─► unpack ─► install ─► start ─► verify ─► deployed
 *                 └─────────┴─► rejected ◄─ dry run ─┘└─ --no-start ───► deployed
 *  any stage ─► failed(stage, error)
 */
import type { OperationId, ServerId, VersionId } from './id.ts'
import type { ErrorBody } from './error.ts'
import type { ToolChange } from './version-watch.ts'

export const STAGES = ['receive', 'validate', 'scan', 'unpack', 'install', 'start', 'verify'] as const
export type Stage = (typeof STAGES)[number]

export const STAGE_STATUSES = ['pending', 'running', 'succeeded', 'skipped', 'failed'] as const
export type StageStatus = (typeof STAGE_STATUSES)[number]

/** One stage with its own log and time. `log` is bounded to the last 64 KiB. */
export type StageRecord = {
  readonly stage: Stage
  readonly status: StageStatus
  /** Milliseconds since the epoch; null before it began or ended. */
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** One sentence: what it found, or why it was skipped. */
  readonly note: string | null
  readonly log: string
}

export const OPERATION_STATUSES = ['running', 'succeeded', 'rejected', 'failed'] as const
export type OperationStatus = (typeof OPERATION_STATUSES)[number]

export type Operation = {
  readonly id: OperationId
  readonly kind: 'deploy'
  readonly server: string
  readonly serverId: ServerId | null
  readonly versionId: VersionId | null
  /** The active version before the switch, to be put back if the new one does not start; null at a first deployment. */
  readonly replaces: VersionId | null
  readonly status: OperationStatus
  readonly actor: string
  readonly stages: readonly StageRecord[]
  readonly error: ErrorBody | null
  /** What the version says of itself otherwise than the one before; null: not compared. */
  readonly changes: readonly ToolChange[] | null
  readonly createdAt: number
  readonly endedAt: number | null
}

export function buildPendingStages(): StageRecord[] {
  return STAGES.map((stage) => ({
    stage,
    status: 'pending',
    startedAt: null,
    endedAt: null,
    note: null,
    log: '',
  }))
}
