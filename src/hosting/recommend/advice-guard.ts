/**
 * A setting that was changed by advice has to prove itself: what gets worse within its window takes it back, and so does
 * the next daemon, since the window is kept with the recommendation.
 */
import type { EventRecord } from '../../domain/event.ts'
import type { RecommendationId, ServerId } from '../../domain/id.ts'
import type { Application, Recommendation, Setting } from '../../domain/recommendation.ts'
import type { Server } from '../../domain/server.ts'
import type { HostingContext } from '../context.ts'
import { inAdviceTurn } from './apply-recommendation.ts'
import { changeSetting, findSetting } from './change-setting.ts'
import { judgeChange } from './judge-change.ts'
import { readThrottled } from './read-throttled.ts'
import { expire } from './settle-advice.ts'
import { tellAdvice } from './tell-advice.ts'

export interface AdviceGuard {
  /** From now on this change is watched. */
  begin(item: Recommendation): void
  /** For the platform's start: goes on with what an earlier daemon watched. */
  resume(): Promise<void>
  /** For the platform's timer. An end for lack of memory is looked at at once. */
  look(): Promise<void>
  /** Resolves when nothing is taken back any more. */
  close(): Promise<void>
}

/** The share of throttled periods is of the last five minutes. */
const WINDOW_MS = 300_000

type Applied = Recommendation & { readonly application: Application }

export function createAdviceGuard(context: HostingContext): AdviceGuard {
  const watched = new Map<RecommendationId, ServerId>()
  const work = new Set<Promise<void>>()

  const run = (task: () => Promise<void>) => {
    const running: Promise<void> = task()
      .catch((error: unknown) => {
        if (!context.closing.aborted) context.onDefect(error, null)
      })
      .finally(() => work.delete(running))
    work.add(running)
    return running
  }

  /** @param heard limits of kills that were told while it was watched, whatever the clock said of their time */
  const lookAt = (id: RecommendationId, heard: readonly number[] = []) =>
    inAdviceTurn(context, async () => {
      const item = await context.recommendations.find(id)
      const server = item === null ? null : await context.servers.find(item.serverId)
      if (item?.state !== 'applied' || item.application === null || server === null) {
        watched.delete(id)
        return
      }
      const applied = { ...item, application: item.application }
      const isOver = await context.locks.inTurn(server.name, () => judge(context, server, applied, heard))
      if (isOver) watched.delete(id)
    })

  const noteKill = async ({ event, time }: EventRecord) => {
    if (event.type !== 'server.status' && event.type !== 'server.process') return
    if (event.class !== 'out_of_memory' || event.memoryMb === undefined) return
    const { serverId, memoryMb } = event
    await context.kills.add({ serverId, at: time, memoryMb })
    for (const [id, of] of watched) if (of === serverId) await lookAt(id, [memoryMb])
  }

  const unsubscribe = context.events.subscribe((record) => {
    if (!context.closing.aborted && isKill(record)) void run(() => noteKill(record))
  })

  return {
    begin: ({ id, serverId }) => void watched.set(id, serverId),
    async resume() {
      for (const { id, serverId, state } of await context.recommendations.listLive(context.clock.now())) {
        if (state === 'applied') watched.set(id, serverId)
      }
    },
    look: () =>
      run(async () => {
        for (const id of watched.keys()) if (!context.closing.aborted) await lookAt(id)
      }),
    async close() {
      unsubscribe()
      await Promise.all(work)
    },
  }
}

function isKill({ event }: EventRecord): boolean {
  return (
    (event.type === 'server.status' || event.type === 'server.process') && event.class === 'out_of_memory'
  )
}

/** True: it is watched no more. */
async function judge(
  context: HostingContext,
  server: Server,
  item: Applied,
  heard: readonly number[],
): Promise<boolean> {
  const { application, resource, serverId } = item
  const { at, before, after, watchedUntil } = application
  const now = context.clock.now()
  const stored = (await context.kills.list(serverId, at + 1)).map(({ memoryMb }) => memoryMb)
  const kills = stored.length > 0 ? stored : heard
  const current = await findSetting(context, server, resource)
  const worse = judgeChange(item, application, {
    kills,
    throttled: await readThrottled(context, serverId, Math.max(at, now - WINDOW_MS), now),
    latencies: await context.calls.latencies(serverId, at, now),
  })
  if (worse !== null && item.direction === 'lower') {
    // More memory may have been given already, for the next try.
    const back = resource === 'memory_mb' ? Math.max(Number(before), Number(current)) : before
    await takeBack(context, server, item, { from: after, to: back, reason: worse })
    return true
  }
  const changed = current === after ? null : `${resource} was changed to ${current ?? 'nothing'} since`
  if (worse !== null || changed !== null) {
    const reason = worse === null ? (changed ?? '') : `it was not enough: ${worse}`
    const ended = expire(item, reason, now)
    await context.recommendations.save([ended])
    tellAdvice(context, 'recommendation.expired', server.name, ended, { from: before, to: after, reason })
    return true
  }
  // A clock that was set says nothing of how long it was watched: the window ends when it was steady for a day.
  if (now < watchedUntil || context.clockJumps.find() !== null) return false
  const reason = renderQuiet(watchedUntil - at)
  await context.recommendations.save([{ ...item, state: 'confirmed', endedAt: now, reason }])
  tellAdvice(context, 'recommendation.confirmed', server.name, item, { from: before, to: after, reason })
  return true
}

async function takeBack(
  context: HostingContext,
  server: Server,
  item: Applied,
  change: { readonly from: Setting; readonly to: Setting; readonly reason: string },
): Promise<void> {
  await changeSetting(context, server, item.resource, change.to)
  const endedAt = context.clock.now()
  await context.recommendations.save([{ ...item, state: 'reverted', endedAt, reason: change.reason }])
  tellAdvice(context, 'recommendation.reverted', server.name, item, change)
}

function renderQuiet(milliseconds: number): string {
  const hours = milliseconds / 3_600_000
  const time = hours >= 1 ? `${Math.round(hours)} hours` : `${Math.round(milliseconds / 1000)} seconds`
  return `nothing got worse within ${time}`
}
