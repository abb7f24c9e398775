import { AppError, renderError, type ErrorBody } from '../../domain/error.ts'
import type { ServerId } from '../../domain/id.ts'
import type { HostingContext } from '../context.ts'
import { forgetReplacedSecrets } from '../server-secrets.ts'
import type { CleanupItem } from './cleanup-item.ts'
import { announceSteps, archiveServer, findNextStep, purgeServer } from './archive-server.ts'
import { BY_AGE, decideCleanup } from './decide-cleanup.ts'
import { measureFiles, readBusy, readCleanupFacts } from './read-cleanup-facts.ts'

export type CleanupResult = {
  readonly items: readonly CleanedItem[]
  /** Measured before and after, not what was expected. */
  readonly freedBytes: number
  readonly notice: string | null
}

export type CleanupList = {
  readonly items: readonly CleanupItem[]
  /** Why what goes by its age is not among them. */
  readonly notice: string | null
}

type CleanedItem = CleanupItem & {
  readonly freedBytes: number
  /** Why it is still there. */
  readonly error: ErrorBody | null
}

/** What a clean-up would remove now, and why. Changes nothing. */
export async function listCleanup(context: HostingContext): Promise<CleanupList> {
  const now = context.clock.now()
  const items = decideCleanup(await readCleanupFacts(context, now), now, context.settings.cleanup)
  const jump = context.clockJumps.find()
  if (jump === null) return { items, notice: null }
  const notice = `The clock was set ${describe(Math.abs(jump.by))} ${jump.by > 0 ? 'ahead' : 'back'}, ${describe(jump.age)} ago: nothing goes by its age until it has been steady for a day.`
  return { items: items.filter(({ target }) => !BY_AGE.has(target.kind)), notice }
}

function describe(milliseconds: number): string {
  const hours = milliseconds / 3_600_000
  if (hours < 1) return `${Math.round(milliseconds / 60_000)} minutes`
  return hours < 48 ? `${Math.round(hours)} hours` : `${Math.round(hours / 24)} days`
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
    if (context.clockJumps.find() === null) await announceSteps(context, context.clock.now())
    const list = await listCleanup(context)
    for (const item of list.items) {
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
    return { items, freedBytes, notice: list.notice }
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
  if ('serverId' in target) return endServer(context, target.serverId)
  return context.intake.leftovers.remove(target.kind, target.name)
}

/** Whatever it is by now: hosted and due, archived and due, or meanwhile neither. */
async function endServer(context: HostingContext, serverId: ServerId): Promise<number> {
  const server = await context.servers.find(serverId)
  const now = context.clock.now()
  const next = server === null ? null : findNextStep(context, server, now)
  if (server === null || next === null || next.at > now) return 0
  if (next.step === 'archive') {
    await archiveServer(context, server, next.why)
    return 0
  }
  const bytes = await measureFiles(context, serverId)
  const trees = (await context.versions.list(serverId)).map(({ treeHash }) => treeHash)
  await purgeServer(context, server, 'platform')
  let freed = bytes
  for (const treeHash of new Set(trees)) freed += await removeTree(context, treeHash)
  return freed
}

async function removeStray(context: HostingContext, serverId: ServerId): Promise<number> {
  if ((await readBusy(context)).has(serverId) || (await context.servers.find(serverId)) !== null) return 0
  const bytes = await measureFiles(context, serverId)
  await context.logs.remove(serverId)
  await context.files.remove(serverId)
  await context.uids.release(serverId)
  return bytes
}

async function removeTree(context: HostingContext, treeHash: string): Promise<number> {
  if ((await context.versions.listTreeHashes()).includes(treeHash)) return 0
  return context.intake.leftovers.remove('tree', treeHash)
}
