/**
 * Servers that wait for another service. They are tried again without end, so nobody would ever hear of it: after ten
 * minutes it is told as what it is. Pure.
 */
import type { AttentionItem } from '../../domain/attention.ts'
import type { Incident } from '../../domain/incident.ts'
import type { ServerView } from '../server-view.ts'

const LONG_MS = 10 * 60_000

/** In the place of what is said of its ends one by one. */
export function tellLongWaits(
  items: readonly AttentionItem[],
  views: readonly ServerView[],
  open: readonly Incident[],
  now: number,
): readonly AttentionItem[] {
  const since = new Map(
    views.flatMap(({ server, state }) => {
      if (state.kind !== 'backoff' || state.lastExit.class !== 'dependency_down') return []
      const incident = open.find(
        (each) => each.serverId === server.id && each.class === 'dependency_down' && each.resolvedAt === null,
      )
      return incident === undefined || now - incident.openedAt < LONG_MS
        ? []
        : [[server.name, { at: incident.openedAt, detail: state.lastExit.detail }] as const]
    }),
  )
  return items.map((item) => {
    const wait = item.server === null || item.kind !== 'backoff' ? undefined : since.get(item.server)
    if (wait === undefined) return item
    const minutes = Math.floor((now - wait.at) / 60_000)
    return {
      ...item,
      kind: 'dependency_down',
      text: `It has waited ${minutes} minutes for a service that it needs: ${wait.detail} It is tried again until that is back.`,
      since: wait.at,
    }
  })
}
