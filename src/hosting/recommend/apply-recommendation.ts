/** Applies or turns down one recommendation. */
import { encodeLatencies } from '../../domain/latency-histogram.ts'
import { AppError } from '../../domain/error.ts'
import type { Principal } from '../../domain/principal.ts'
import type { Application, Baseline, Recommendation } from '../../domain/recommendation.ts'
import type { ServerId } from '../../domain/id.ts'
import type { Server } from '../../domain/server.ts'
import type { HostingContext } from '../context.ts'
import { STALE_MS } from './analyze.ts'
import { changeSetting, findSetting } from './change-setting.ts'
import { decideStep } from './decide-step.ts'
import { readThrottled } from './read-throttled.ts'
import { expire } from './settle-advice.ts'
import { buildAdviceFields, renderWhy, tellAdvice } from './tell-advice.ts'

const DAY_MS = 86_400_000
/** No server can have this name: advice changes its state one at a time. */
const TURN = ' advice'

export function inAdviceTurn<T>(
  { locks }: Pick<HostingContext, 'locks'>,
  work: () => Promise<T>,
): Promise<T> {
  return locks.inTurn(TURN, work)
}

export type Subject = { readonly server: Server; readonly item: Recommendation }

/** Throws AppError `recommendation_not_found`, `recommendation_closed`, `recommendation_blocked`. */
export async function applyRecommendation(
  context: HostingContext,
  id: string,
  principal: Pick<Principal, 'id'>,
): Promise<Subject> {
  return inAdviceTurn(context, async () => {
    const { server: found, item } = await findOpen(context, id)
    context.locks.refuseDuringSwitch(found.name)
    return context.locks.inTurn(found.name, async () => {
      // Read again: until its turn came, anybody could change it.
      const server = (await context.servers.find(found.id)) ?? found
      await assertCurrent(context, server, item)
      return { server, item: await apply(context, server, item, principal.id) }
    })
  })
}

export async function dismissRecommendation(
  context: HostingContext,
  id: string,
  principal: Pick<Principal, 'id'>,
): Promise<Subject> {
  return inAdviceTurn(context, async () => {
    const { server, item } = await findOpen(context, id)
    const reason = `turned down by ${principal.id}`
    const ended: Recommendation = { ...item, state: 'dismissed', endedAt: context.clock.now(), reason }
    await context.recommendations.save([ended])
    tellAdvice(context, 'recommendation.dismissed', server.name, ended, { reason }, principal.id)
    return { server, item: ended }
  })
}

async function findOpen(context: HostingContext, id: string): Promise<Subject> {
  const item = await context.recommendations.find(id)
  const server = item === null ? null : await context.servers.find(item.serverId)
  if (item === null || server === null) {
    throw new AppError('recommendation_not_found', `There is no recommendation ${id.slice(0, 64)}.`)
  }
  if (item.state !== 'open') {
    throw new AppError('recommendation_closed', `The recommendation was ${item.state}${because(item)}.`)
  }
  return { server, item }
}

function because({ reason }: Recommendation): string {
  return reason === null ? '' : `: ${reason}`
}

async function assertCurrent(context: HostingContext, server: Server, item: Recommendation): Promise<void> {
  const now = context.clock.now()
  const current = await findSetting(context, server, item.resource)
  const why =
    current !== item.current
      ? `${item.resource} is ${current ?? 'unknown'} by now, not ${item.current}`
      : now - item.seenAt > STALE_MS
        ? 'it was not looked at again for two days'
        : null
  if (why === null) return
  const ended = expire(item, why, now)
  await context.recommendations.save([ended])
  tellAdvice(context, 'recommendation.expired', server.name, ended, { reason: why })
  throw new AppError('recommendation_closed', `The recommendation is stale: ${why}.`)
}

async function apply(
  context: HostingContext,
  server: Server,
  item: Recommendation,
  actor: string,
): Promise<Recommendation> {
  const at = context.clock.now()
  const step = decideStep(item, at, {
    memoryBytes: Math.max(
      0,
      ...context.supervision.processes(server.id).map(({ usage }) => usage?.memoryBytes ?? 0),
    ),
    lowered: await findLowered(context, item),
  })
  if (step.kind === 'not') throw new AppError('recommendation_blocked', `Not now: ${step.why}.`)
  const application: Application = {
    at,
    by: actor,
    before: item.current,
    after: step.value,
    inPlace: false,
    watchedUntil: at + context.settings.advice.watchMs,
    baseline: await readBaseline(context, server.id, at),
  }
  const applied: Recommendation = { ...item, state: 'applied', application }
  // First, so that a daemon that is killed in between knows what it has to watch.
  await context.recommendations.save([applied])
  const inPlace = await changeSetting(context, server, item.resource, step.value)
  const done = { ...applied, application: { ...application, inPlace } }
  await context.recommendations.save([done])
  const change = { from: item.current, to: step.value, reason: renderWhy(item) }
  const fields = buildAdviceFields(server.name, item, change)
  const { watchedUntil } = application
  context.events.emit({ type: 'recommendation.applied', ...fields, inPlace, watchedUntil }, actor)
  context.guard.begin(done)
  return done
}

async function findLowered(context: HostingContext, item: Recommendation): Promise<number | null> {
  const earlier = await context.recommendations.list({ serverId: item.serverId, limit: 100 })
  const times = earlier
    .filter(({ resource, direction }) => resource === item.resource && direction === 'lower')
    .flatMap(({ application }) => application?.at ?? [])
  return times.length === 0 ? null : Math.max(...times)
}

async function readBaseline(context: HostingContext, serverId: ServerId, at: number): Promise<Baseline> {
  const latencies = await context.calls.latencies(serverId, at - DAY_MS, at)
  return {
    latencies: encodeLatencies(latencies),
    throttled: await readThrottled(context, serverId, at - DAY_MS, at),
  }
}
