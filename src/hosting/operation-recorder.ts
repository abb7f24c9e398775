import type { Clock } from '../domain/clock.ts'
import {
  buildPendingStages,
  type Operation,
  type OperationStatus,
  type Stage,
  type StageRecord,
  type StageStatus,
} from '../domain/deployment.ts'
import type { ErrorBody } from '../domain/error.ts'
import type { EventSink } from '../domain/event.ts'
import type { OperationId } from '../domain/id.ts'
import type { Operations } from './ports.ts'

const MAX_STAGE_LOG = 64 * 1024

/** One deployment as it goes on. What it knows is shown at once and stored as soon as the store takes it. */
/** Who ended it: its server was deleted, or somebody wanted no more of it. */
type CancelReason = 'deleted' | 'asked'

export interface OperationRecorder {
  current(): Operation
  /** Stores `changes` before anything that depends on them is made; throws when the store does. */
  note(
    changes: Partial<Pick<Operation, 'server' | 'serverId' | 'versionId' | 'replaces' | 'changes'>>,
  ): Promise<void>
  /** @param at when, if not now; milliseconds since the epoch. */
  stage(stage: Stage, status: StageStatus, note: string | null, at?: number): void
  log(stage: Stage, line: string): void
  /** Answers whether the store took it; if not, this recorder is the only one who knows. */
  end(status: Exclude<OperationStatus, 'running'>, error: ErrorBody | null): Promise<boolean>
  /** Resolves when it has ended. */
  readonly ended: Promise<void>
  /** Ends the work behind it as soon as it can: its server is being deleted. */
  cancel(why: CancelReason): void
  readonly cancelled: AbortSignal
}

type Deps = { readonly operations: Operations; readonly events: EventSink; readonly clock: Clock }

export async function createOperationRecorder(
  deps: Deps,
  first: { readonly id: OperationId; readonly server: string; readonly actor: string },
): Promise<OperationRecorder> {
  const { operations, events, clock } = deps
  let operation: Operation = {
    ...first,
    kind: 'deploy',
    serverId: null,
    versionId: null,
    replaces: null,
    status: 'running',
    stages: buildPendingStages(),
    error: null,
    changes: null,
    createdAt: clock.now(),
    endedAt: null,
  }
  await operations.create(operation)
  const ended = Promise.withResolvers<void>()
  const cancellation = new AbortController()
  let saving: Promise<boolean> = Promise.resolve(true)

  /** One after another, the whole of it: a write that failed is made good by the next. */
  const save = () => {
    saving = saving.then(async () => {
      const { id, ...rest } = operation
      return operations.update(id, rest).then(
        () => true,
        () => false,
      )
    })
    return saving
  }
  const change = (stage: Stage, changes: (record: StageRecord) => Partial<StageRecord>) => {
    operation = {
      ...operation,
      stages: operation.stages.map((record) =>
        record.stage === stage ? { ...record, ...changes(record) } : record,
      ),
    }
  }

  return {
    current: () => operation,
    ended: ended.promise,
    cancelled: cancellation.signal,
    cancel: (why) => cancellation.abort(why),
    async note(changes) {
      operation = { ...operation, ...changes }
      await operations.update(operation.id, changes)
    },
    stage(stage, status, note, at = clock.now()) {
      const isOver = status !== 'running' && status !== 'pending'
      change(stage, (record) => ({
        status,
        note,
        startedAt: record.startedAt ?? (status === 'skipped' ? null : at),
        endedAt: isOver && status !== 'skipped' ? at : null,
      }))
      events.emit(
        { type: 'deploy.stage', operationId: operation.id, server: operation.server, stage, status, note },
        operation.actor,
      )
      void save()
    },
    log(stage, line) {
      change(stage, ({ log }) => ({ log: (log + line + '\n').slice(-MAX_STAGE_LOG) }))
    },
    async end(status, error) {
      operation = { ...operation, status, error, endedAt: clock.now() }
      const isStored = await save()
      events.emit(
        {
          type: 'deploy.ended',
          operationId: operation.id,
          server: operation.server,
          status,
          code: error?.code ?? null,
        },
        operation.actor,
      )
      ended.resolve()
      return isStored
    },
  }
}
