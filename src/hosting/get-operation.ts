import type { Operation } from '../domain/deployment.ts'
import { AppError } from '../domain/error.ts'
import type { OperationId } from '../domain/id.ts'
import type { HostingContext } from './context.ts'

/** The operation as it is now. With `waitMs` it answers when it has ended, at the latest after that time. */
export async function getOperation(
  context: HostingContext,
  id: string,
  options: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<Operation> {
  const operationId = id as OperationId
  const recorder = context.live.get(operationId)?.recorder
  if (recorder !== undefined) {
    if (options.waitMs > 0) await raceTimeout(context, recorder.ended, options)
    return recorder.current()
  }
  const operation = await context.operations.find(operationId)
  if (operation === null) throw new AppError('operation_not_found', `There is no operation "${id}".`)
  return operation
}

async function raceTimeout(
  context: HostingContext,
  done: Promise<void>,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const over = Promise.withResolvers<void>()
  const stop = () => over.resolve()
  const cancel = context.clock.after(waitMs, stop)
  signal.addEventListener('abort', stop)
  context.closing.addEventListener('abort', stop)
  try {
    await Promise.race([done, over.promise])
  } finally {
    cancel()
    signal.removeEventListener('abort', stop)
    context.closing.removeEventListener('abort', stop)
  }
}

/** Ends a deployment that goes on, and answers when it has ended. Throws `operation_not_found`, `conflict`. */
export async function cancelOperation(context: HostingContext, id: string): Promise<Operation> {
  const live = context.live.get(id as OperationId)
  if (live === undefined) {
    const { status } = await getOperation(context, id, { waitMs: 0, signal: context.closing })
    throw new AppError('conflict', `The operation "${id}" has ended: ${status}.`)
  }
  live.recorder.cancel('asked')
  await live.work
  return live.recorder.current()
}
