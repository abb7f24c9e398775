import { AppError } from '../domain/error.ts'
import type { VersionId } from '../domain/id.ts'
import type { Server } from '../domain/server.ts'
import { isIdle } from '../domain/server-state.ts'
import type { HostingContext } from './context.ts'
import { startAndWait, stateOf, stopAndWait } from './run-server.ts'

/**
 * Ends the instance, makes `to` the active version and starts it with `start`. If that throws, the version
 * before is active again, and runs again if it was meant to; then the error goes on.
 */
export async function switchVersion(
  context: HostingContext,
  change: {
    readonly server: Server
    readonly to: VersionId
    readonly actor: string
    readonly start: () => Promise<void>
    /** Aborted when the server is being deleted: then the version before need not run again. */
    readonly cancelled?: AbortSignal
    /** One sentence on what became of the version before. */
    readonly onPutBack: (sentence: string) => void
  },
): Promise<void> {
  const { server, to, actor } = change
  const before = stateOf(context, server)
  await stopAndWait(context, server.id, actor)
  try {
    await context.servers.update(server.id, {
      activeVersion: to,
      desired: 'running',
      updatedAt: context.clock.now(),
    })
    await change.start()
  } catch (error) {
    const wasUp = (before.kind !== 'failed' && before.kind !== 'stopped') || isIdle(before)
    const ran = server.desired === 'running' && wasUp
    await stopAndWait(context, server.id, actor)
    await context.servers.update(server.id, {
      activeVersion: server.activeVersion,
      desired: ran ? 'running' : 'stopped',
      updatedAt: context.clock.now(),
    })
    // Who stops the platform or deletes the server does not wait for it to run once more.
    const isEnding = context.closing.aborted || change.cancelled?.aborted === true
    change.onPutBack(await runAgain(context, server, ran && !isEnding))
    throw error
  }
}

async function runAgain(context: HostingContext, server: Server, again: boolean): Promise<string> {
  if (!again) return 'The version before is active again; it was not started.'
  try {
    await startAndWait(context, server, 'platform')
    return 'The version before is active again and runs.'
  } catch (error) {
    const why = error instanceof AppError ? error.message : 'see the log of the platform'
    return `The version before is active again but does not run: ${why}`
  }
}
