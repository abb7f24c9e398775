/**
 * A new version has to prove itself: when it turns out bad soon after it began to serve, the platform goes back to the
 * one before. What is watched is kept with the server, so that it outlives the daemon.
 */
import type { BreakerView } from '../domain/breaker.ts'
import { AppError } from '../domain/error.ts'
import type { ServerId } from '../domain/id.ts'
import type { Server, Version } from '../domain/server.ts'
import type { ServerState } from '../domain/server-state.ts'
import { isFit } from '../domain/version-standing.ts'
import type { VersionWatch } from '../domain/version-watch.ts'
import type { HostingContext } from './context.ts'
import type { ServerLock } from './server-locks.ts'
import { checkRuns, switchVersion } from './switch-version.ts'

export interface VersionWatcher {
  /** From now on this server is looked at, if it has a watch. */
  begin(server: Pick<Server, 'id' | 'watch'>): void
  /** For the platform's start: goes on with what an earlier daemon watched. */
  resume(): Promise<void>
  /** Resolves when nothing is gone back to any more. */
  close(): Promise<void>
}

type Watched = {
  readonly watch: VersionWatch
  readonly until: number
  /** It was to be left already when an earlier daemon ended. */
  readonly decided: string | null
}

const LOOK_MS = 500
/** So many ends without a stable run between them are no accident. */
const MANY_ENDS = 2

export function createVersionWatcher(context: HostingContext): VersionWatcher {
  const { clock } = context
  /** By the monotonic clock; the wall clock is for the next daemon. */
  const watched = new Map<ServerId, Watched>()
  const work = new Set<Promise<void>>()
  const busy = new Set<ServerId>()
  let cancel: (() => void) | null = null

  const schedule = () => {
    if (cancel !== null || watched.size === 0 || context.closing.aborted) return
    cancel = clock.after(LOOK_MS, () => {
      cancel = null
      for (const serverId of watched.keys()) look(serverId)
      schedule()
    })
  }

  const look = (serverId: ServerId) => {
    if (busy.has(serverId) || context.closing.aborted) return
    busy.add(serverId)
    const task: Promise<void> = lookAt(serverId)
      .catch((error: unknown) => {
        if (!context.closing.aborted) context.onDefect(error, null)
      })
      .finally(() => {
        busy.delete(serverId)
        work.delete(task)
      })
    work.add(task)
  }

  const lookAt = async (serverId: ServerId) => {
    const known = watched.get(serverId)
    if (known === undefined) return
    const state = context.supervision.state(serverId)
    const isOver = clock.monotonic() >= known.until
    const seen = state === null || isOver ? null : decideBad(state, context.tools.breaker(serverId))
    const reason = known.decided ?? seen
    if (reason !== null && !(await goBack(context, serverId, known.watch, reason))) return
    if (reason === null && !isOver) return
    if (watched.get(serverId) === known) watched.delete(serverId)
    const server = await context.servers.find(serverId)
    if (server?.watch?.versionId === known.watch.versionId)
      await context.servers.update(serverId, { watch: null })
  }

  const begin = ({ id, watch }: Pick<Server, 'id' | 'watch'>, decided: string | null = null) => {
    watched.delete(id)
    if (watch === null) return
    const left = Math.min(Math.max(0, watch.until - clock.now()), context.settings.watchMs)
    watched.set(id, { watch, until: clock.monotonic() + left, decided })
    schedule()
  }

  return {
    begin,
    async resume() {
      for (const server of await context.servers.list()) {
        const { watch } = server
        const version = watch === null ? null : await context.versions.find(watch.versionId)
        begin(server, version?.failure?.reason ?? null)
      }
    },
    async close() {
      cancel?.()
      await Promise.all(work)
    },
  }
}

/** One sentence on what is wrong with it; null while nothing is. Pure. */
export function decideBad(state: ServerState, breaker: BreakerView | null): string | null {
  if (state.kind === 'failed') return `It failed: ${state.lastExit.detail}`
  if (state.kind !== 'stopped' && state.attempt >= MANY_ENDS) {
    const { lastExit } = state
    return `It ended ${state.attempt} times in a row${lastExit === null ? '.' : `: ${lastExit.detail}`}`
  }
  if (state.kind === 'running' && state.health === 'unhealthy') return 'It does not answer its health checks.'
  if (breaker !== null) return `${breaker.failures} calls in a row got no answer.`
  return null
}

/** False: somebody else works on the server at the moment; it is looked at again. */
async function goBack(
  context: HostingContext,
  serverId: ServerId,
  watch: VersionWatch,
  reason: string,
): Promise<boolean> {
  const found = await context.servers.find(serverId)
  if (found === null || found.activeVersion !== watch.versionId) return true
  const lock = tryHold(context, found.name)
  if (lock === null) return false
  try {
    lock.beginSwitch()
    // Read again: until the lock was held, anybody could change it.
    const server = await context.servers.find(serverId)
    if (server === null || server.activeVersion !== watch.versionId || server.desired !== 'running')
      return true
    const bad = await context.versions.find(watch.versionId)
    const before = await context.versions.find(watch.replaces)
    if (bad === null) return true
    // First, so that a daemon that is killed in between knows it too.
    await context.versions.setFailure(bad.id, { reason, at: context.clock.now() })
    if (before === null || !isFit(before)) return true
    await replace(context, server, { bad, before, reason })
    return true
  } finally {
    lock.release()
  }
}

async function replace(
  context: HostingContext,
  server: Server,
  { bad, before, reason }: { readonly bad: Version; readonly before: Version; readonly reason: string },
): Promise<void> {
  try {
    await switchVersion(context, {
      server,
      to: before,
      actor: 'platform',
      check: (tried) => checkRuns(context, server, tried, 'platform'),
    })
  } catch (error) {
    if (!(error instanceof AppError) || context.closing.aborted) throw error
    const why = `${reason} Version ${before.number} did not take over: ${error.message}`
    await context.versions.setFailure(bad.id, { reason: why, at: context.clock.now() })
    return
  }
  context.events.emit({
    type: 'version.rolled_back',
    serverId: server.id,
    server: server.name,
    from: bad.number,
    to: before.number,
    reason,
    by: 'platform',
  })
}

function tryHold(context: HostingContext, name: string): ServerLock | null {
  try {
    return context.locks.hold(name, 'rolled back')
  } catch (error) {
    if (error instanceof AppError && error.code === 'conflict') return null
    throw error
  }
}
