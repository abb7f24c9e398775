/** The verb that brings up another version beside the one that serves, and lets it take over or leaves it. */
import { AppError } from '../../../src/domain/error.ts'
import { buildId, type ServerId, type VersionId } from '../../../src/domain/id.ts'
import type { SimDaemon } from './sim-daemon.ts'
import type { SimHost } from './sim-host.ts'

/** The ladder of a stop, a sweep and the second try of both. */
const ENDS_WITHIN_MS = 30_000
/** After a boot: until what could not be ended at once has been ended again. */
const MENDED_WITHIN_MS = 30_000
const MAX_DRAIN_MS = 5000
const GIVE_UP_MS = 12_000

export interface SimVersions {
  /** Another that was never active. */
  next(): VersionId
  /** Two versions of this server may live at this moment. */
  mayOverlap(serverId: ServerId): boolean
  /** What runs beside is nobody's any more. */
  booted(): void
  readonly overlapsUntil: Map<ServerId, number>
}

export function createSimVersions({ clock }: SimHost): SimVersions {
  let number = 0
  let bootedAt = -Infinity
  const overlapsUntil = new Map<ServerId, number>()
  return {
    next: () => buildId('ver', 0, Buffer.from(String(++number).padStart(16, '0'))),
    mayOverlap(serverId) {
      const now = clock.monotonic()
      return now - bootedAt < MENDED_WITHIN_MS || (overlapsUntil.get(serverId) ?? -Infinity) > now
    },
    booted() {
      // Not cleared: one boot may die before it has ended what the last one left.
      if (overlapsUntil.size > 0) bootedAt = clock.monotonic()
    },
    overlapsUntil,
  }
}

/** As switch-version.ts: until the one write that makes it the active version, the one before is not touched. */
export async function takeOver(
  on: SimDaemon,
  { clock }: SimHost,
  versions: SimVersions,
  change: {
    readonly serverId: ServerId
    readonly to: VersionId
    readonly random: () => number
    readonly activate: () => Promise<void>
  },
): Promise<void> {
  const { serverId, random } = change
  const { overlapsUntil } = versions
  const tried = await on.supervisor.tryBeside(serverId, change.to)
  const before = overlapsUntil.get(serverId) ?? -Infinity
  overlapsUntil.set(serverId, Infinity)
  try {
    await tried.start('test')
    const signal = new AbortController()
    clock.after(GIVE_UP_MS, () => signal.abort())
    await tried.settled(({ kind }) => kind !== 'starting' && kind !== 'stopping', signal.signal)
    await new Promise<void>((resolve) => void clock.after(random() * 2000, resolve))
    if (random() < 0.2) throw new AppError('start_failed', 'Its tools are not as they should be.')
    if (tried.state().kind !== 'running') throw new AppError('start_failed', 'It does not run.')
    await change.activate()
    const drainMs = random() * MAX_DRAIN_MS
    tried.promote({ reason: 'It serves now.', actor: 'test' }, drainMs)
    overlapsUntil.set(serverId, clock.monotonic() + drainMs + ENDS_WITHIN_MS)
  } catch (error) {
    // What a dead daemon was about goes nowhere: both run on until the next one.
    if (!on.isAlive()) return
    await tried.discard()
    // One that was replaced just before may still be answering.
    overlapsUntil.set(serverId, before)
    throw error
  }
}
