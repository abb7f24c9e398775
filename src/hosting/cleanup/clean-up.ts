import { AppError, renderError, type ErrorBody } from '../../domain/error.ts'
import type { ServerId } from '../../domain/id.ts'
import type { HostingContext } from '../context.ts'
import { forgetReplacedSecrets } from '../server-secrets.ts'
import type { CleanupItem } from './cleanup-item.ts'
import { decideCleanup } from './decide-cleanup.ts'
import { readBusy, readCleanupFacts } from './read-cleanup-facts.ts'

export type CleanupResult = {
  readonly items: readonly CleanedItem[]
  /** Measured before and after, not what was expected. */
  readonly freedBytes: number
}

type CleanedItem = CleanupItem & {
  readonly freedBytes: number
  /** Why it is still there. */
  readonly error: ErrorBody | null
}

/** What a clean-up would remove now, and why. Changes nothing. */
export async function listCleanup(context: HostingContext): Promise<readonly CleanupItem[]> {
  const now = context.clock.now()
  return decideCleanup(await readCleanupFacts(context, now), now, context.settings.cleanup)
}

/** One at a time: two would count the same bytes twice. */
const underWay = new WeakSet<HostingContext>()

/** Removes what `listCleanup` lists. One item that fails does not keep the others. Throws `conflict` while another runs. */
export async function cleanUp(context: HostingContext, actor: string): Promise<CleanupResult> {
  if (underWay.has(context)) throw new AppError('conflict', 'A clean-up is going on already.')
  underWay.add(context)
  try {
    await forgetReplacedSecrets(context)
    const items: CleanedItem[] = []
    for (const item of await listCleanup(context)) {
      if (context.closing.aborted) break
      try {
        items.push({ ...item, freedBytes: await remove(context, item), error: null })
      } catch (error) {
        items.push({ ...item, freedBytes: 0, error: renderError(error) })
      }
    }
    const freedBytes = items.reduce((sum, item) => sum + item.freedBytes, 0)
    const done = items.filter(({ error }) => error === null).length
    if (items.length > 0) {
      context.events.emit(
        { type: 'cleanup.done', bytes: freedBytes, items: done, failed: items.length - done },
        actor,
      )
    }
    return { items, freedBytes }
  } finally {
    underWay.delete(context)
  }
}

/** Looks again right before: between the list and now somebody may have begun to use it. */
async function remove(context: HostingContext, { target }: CleanupItem): Promise<number> {
  if (target.kind === 'tree') return removeTree(context, target.name)
  if (target.kind === 'log') return context.logs.removeOlder(target.serverId, target.before)
  if (target.kind === 'stray') return removeStray(context, target.serverId)
  if (target.kind === 'version') {
    await context.versions.remove(target.versionId)
    return removeTree(context, target.treeHash)
  }
  if (target.kind === 'records') {
    await context.retention.prune(target.name)
    return 0
  }
  return context.intake.leftovers.remove(target.kind, target.name)
}

async function removeStray(context: HostingContext, serverId: ServerId): Promise<number> {
  if ((await readBusy(context)).has(serverId) || (await context.servers.find(serverId)) !== null) return 0
  const bytes = (await context.files.measure(serverId)) + (await context.logs.measure(serverId))
  await context.logs.remove(serverId)
  await context.files.remove(serverId)
  await context.uids.release(serverId)
  return bytes
}

async function removeTree(context: HostingContext, treeHash: string): Promise<number> {
  if ((await context.versions.listTreeHashes()).includes(treeHash)) return 0
  return context.intake.leftovers.remove('tree', treeHash)
}
