import type { Operation, OperationStatus } from '../domain/deployment.ts'
import type { HostingContext } from './context.ts'

export type OperationQuery = {
  /** Null: of all. */
  readonly server: string | null
  readonly status: OperationStatus | null
  readonly limit: number
}

/** Newest first. One that goes on is as it is now: what its store does not have yet, its recorder knows. */
export async function listOperations(
  context: HostingContext,
  { server, status, limit }: OperationQuery,
): Promise<readonly Operation[]> {
  const stored = await context.operations.list({
    ...(server === null ? {} : { server }),
    ...(status === null ? {} : { status }),
    limit,
  })
  return stored
    .map((operation) => context.live.get(operation.id)?.recorder.current() ?? operation)
    .filter((operation) => status === null || operation.status === status)
}
