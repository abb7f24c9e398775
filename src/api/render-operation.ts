import type { Operation, StageRecord } from '../domain/deployment.ts'
import type { Hosting } from '../hosting/hosting.ts'
import { renderReview, renderVerdict } from './render-finding.ts'
import { renderServer } from './render-server.ts'
import { renderTime, renderTimeOrNull } from './schema/common.ts'
import type { OperationJson, OperationRowJson } from './schema/operation.ts'

type Deps = { readonly hosting: Hosting; readonly baseUrl: string; readonly clock: { now(): number } }

/** With the server as it is now, once there is one. */
export async function renderOperation(deps: Deps, operation: Operation): Promise<OperationJson> {
  const version = operation.versionId && (await deps.hosting.findVersion(operation.versionId))
  const view =
    operation.status === 'running' || operation.serverId === null
      ? null
      : await deps.hosting.get(operation.server).catch(() => null)
  const limits = await deps.hosting.stageLimits(operation)
  return {
    id: operation.id,
    kind: operation.kind,
    name: operation.server,
    server_id: operation.serverId,
    version_id: operation.versionId,
    version: version?.number ?? null,
    verdict: version && renderVerdict(version),
    review: version && renderReview(version.review),
    status: operation.status,
    stages: operation.stages.map((record) => ({
      ...renderStage(record),
      limit_seconds: limits[record.stage],
    })),
    error: operation.error && { ...operation.error },
    changes: operation.changes && operation.changes.map((change) => ({ ...change })),
    actor: operation.actor,
    created_at: renderTime(operation.createdAt),
    ended_at: renderTimeOrNull(operation.endedAt),
    server_detail: view && renderServer(view, deps.baseUrl, deps.clock.now()),
  }
}

/** For lists. */
export function renderOperationRow(operation: Operation): OperationRowJson {
  const { id, kind, server, serverId, versionId, status, stages, error, actor, createdAt, endedAt } =
    operation
  const at =
    status === 'running'
      ? stages.findLast((stage) => stage.startedAt !== null)
      : stages.find((stage) => stage.status === 'failed')
  return {
    id,
    kind,
    name: server,
    server_id: serverId,
    version_id: versionId,
    status,
    stage: at?.stage ?? null,
    error: error && { ...error },
    actor,
    created_at: renderTime(createdAt),
    ended_at: renderTimeOrNull(endedAt),
    seconds: endedAt === null ? null : (endedAt - createdAt) / 1000,
  }
}

function renderStage({
  stage,
  status,
  startedAt,
  endedAt,
  note,
  log,
}: StageRecord): Omit<OperationJson['stages'][number], 'limit_seconds'> {
  return {
    stage,
    status,
    started_at: renderTimeOrNull(startedAt),
    ended_at: renderTimeOrNull(endedAt),
    seconds: startedAt === null || endedAt === null ? null : (endedAt - startedAt) / 1000,
    note,
    log,
  }
}
