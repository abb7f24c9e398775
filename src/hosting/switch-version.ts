import type { Server, Version } from '../domain/server.ts'
import type { HostingContext } from './context.ts'
import { listOwnTools } from './list-own-tools.ts'
import type { TriedVersion } from './ports.ts'
import { assertRunning } from './run-server.ts'
import { buildTriedSubject } from './start-subject.ts'

/**
 * Starts `to` beside what runs and looks at it with `check`; then it is the active version, in one write, and takes
 * over from the one before. If anything throws until then, that one was never touched.
 */
export async function switchVersion(
  context: HostingContext,
  change: {
    readonly server: Server
    readonly to: Version
    readonly actor: string
    /** Starts it, and throws what is wrong with it. */
    readonly check: (tried: TriedVersion) => Promise<void>
    /** What else is written with it. */
    readonly also?: () => Pick<Server, 'watch'>
    /** Aborted when the server is being deleted. */
    readonly cancelled?: AbortSignal
  },
): Promise<void> {
  const { server, to, actor } = change
  const tried = await context.supervision.tryBeside(server.id, to.id)
  try {
    await change.check(tried)
    change.cancelled?.throwIfAborted()
    context.closing.throwIfAborted()
    // It may have ended since it was looked at.
    assertRunning(server.name, tried.state())
    const changes = {
      activeVersion: to.id,
      desired: 'running',
      watch: null,
      updatedAt: context.clock.now(),
      ...change.also?.(),
    } as const
    await context.servers.update(server.id, changes)
    tried.promote({ reason: `Version ${to.number} serves now.`, actor }, context.settings.drainMs)
    context.watcher.begin({ id: server.id, watch: changes.watch })
  } catch (error) {
    await tried.discard()
    throw error
  }
}

/** For a version that was looked at before: it runs and lists its tools. */
export async function checkRuns(
  context: HostingContext,
  server: Server,
  tried: TriedVersion,
  actor: string,
): Promise<void> {
  const subject = buildTriedSubject(context, server, tried)
  await subject.start(actor)
  assertRunning(server.name, await subject.settled())
  await listOwnTools(context, server.name, subject)
}
