/** What the dashboard reads of the platform, once each: the same key on every page is the same answer. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { AttentionJson } from '../../src/api/schema/attention.ts'
import type { ServerCallsJson } from '../../src/api/schema/calls.ts'
import type { EventJson } from '../../src/api/schema/event.ts'
import type { HealthJson } from '../../src/api/schema/health.ts'
import type { StatsJson, SystemJson } from '../../src/api/schema/platform.ts'
import type { ServerJson, ServerListJson, VersionListJson } from '../../src/api/schema/server.ts'
import { api } from './api.ts'

/** Numbers that no event tells: memory, CPU, uptime. */
const LIVE_MS = 2_000
/** Many servers are many bytes: their states come by events anyway. */
const MANY = 100
const MANY_MS = 10_000
const PAGE = 500

async function listServers(signal: AbortSignal): Promise<readonly ServerJson[]> {
  const all: ServerJson[] = []
  let cursor: string | null = null
  do {
    const page: ServerListJson = await api('/servers', { query: { limit: PAGE, cursor }, signal })
    all.push(...page.items)
    cursor = page.next_cursor
  } while (cursor !== null)
  return all
}

/** All of them: filters and sorting happen here. */
export const serversQuery = queryOptions({
  queryKey: ['servers'],
  queryFn: ({ signal }) => listServers(signal),
  refetchInterval: ({ state }) => ((state.data?.length ?? 0) > MANY ? MANY_MS : LIVE_MS),
})

export const serverQuery = (name: string) =>
  queryOptions({
    queryKey: ['server', name],
    queryFn: ({ signal }) => api<ServerJson>(`/servers/${encodeURIComponent(name)}`, { signal }),
    refetchInterval: LIVE_MS,
  })

export const healthQuery = (name: string) =>
  queryOptions({
    queryKey: ['server', name, 'health'],
    queryFn: ({ signal }) => api<HealthJson>(`/servers/${encodeURIComponent(name)}/health`, { signal }),
    refetchInterval: 10_000,
  })

export const callsQuery = (name: string, seconds: number) =>
  queryOptions({
    queryKey: ['server', name, 'calls', seconds],
    queryFn: ({ signal }) =>
      api<ServerCallsJson>(`/servers/${encodeURIComponent(name)}/metrics`, { query: { seconds }, signal }),
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  })

export const versionsQuery = (name: string) =>
  queryOptions({
    queryKey: ['server', name, 'versions'],
    queryFn: ({ signal }) =>
      api<VersionListJson>(`/servers/${encodeURIComponent(name)}/versions`, { signal }),
  })

export const statsQuery = queryOptions({
  queryKey: ['stats'],
  queryFn: ({ signal }) => api<StatsJson>('/stats', { signal }),
  refetchInterval: LIVE_MS,
})

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: ({ signal }) => api<SystemJson>('/system', { signal }),
  staleTime: 30_000,
})

export const EVENT_COUNT = 50
/** Oldest first, as the platform has them; the live stream adds to the end. */
export const eventsQuery = queryOptions({
  queryKey: ['events'],
  queryFn: ({ signal }) =>
    api<{ readonly items: readonly EventJson[] }>('/events', { query: { limit: EVENT_COUNT }, signal }),
})

/** For the navigation, which is on every page: asked for seldom, and when something begins or ends to wait. */
export const waitingQuery = queryOptions({
  queryKey: ['waiting'],
  queryFn: ({ signal }) => api<AttentionJson>('/attention', { signal }),
  refetchInterval: 60_000,
})

export const attentionQuery = queryOptions({
  queryKey: ['attention'],
  queryFn: ({ signal }) => api<AttentionJson>('/attention', { signal }),
  refetchInterval: 10_000,
})
