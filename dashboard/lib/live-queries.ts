/** What the live stream tells goes into the answers that are shown; what it only hints at is asked for again. */
import type { QueryClient } from '@tanstack/react-query'
import type { EventJson } from '../../src/api/schema/event.ts'
import type { ServerJson } from '../../src/api/schema/server.ts'
import { onEvent, onReset } from './live.ts'
import { EVENT_COUNT, eventsQuery, serverQuery, serversQuery } from './queries.ts'

/** One question for however many events came meanwhile. */
const GATHER_MS = 300
const GATHER_MANY_MS = 3_000
const MANY = 100

export function connectQueries(client: QueryClient): () => void {
  const due = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | null = null

  const refetch = () => {
    timer = null
    for (const key of due) void client.invalidateQueries({ queryKey: JSON.parse(key) as string[] })
    due.clear()
  }
  const gather = (...keys: readonly (readonly string[])[]) => {
    for (const key of keys) due.add(JSON.stringify(key))
    const many = (client.getQueryData(serversQuery.queryKey)?.length ?? 0) > MANY
    timer ??= setTimeout(refetch, many ? GATHER_MANY_MS : GATHER_MS)
  }

  const stopEvents = onEvent((event) => {
    client.setQueryData(eventsQuery.queryKey, (before) =>
      before === undefined ? before : { items: [...before.items, event].slice(-EVENT_COUNT) },
    )
    const name = event.data['server']
    if (typeof name === 'string' && name !== '') {
      const change = readChange(event)
      if (change !== null) {
        client.setQueryData(serverQuery(name).queryKey, (server) =>
          server === undefined ? server : { ...server, ...change },
        )
        client.setQueryData(serversQuery.queryKey, (list) =>
          list?.map((server) => (server.name === name ? { ...server, ...change } : server)),
        )
      }
      gather(['server', name], ['servers'], ['stats'], ['attention'])
    }
    const operation = event.data['operation_id']
    if (typeof operation === 'string') gather(['operation', operation], ['operations'])
    if (/^(?:version|tool|pins)\.|^deploy\.ended$|^server\.deleted$/.test(event.type)) gather(['waiting'])
    gather([event.type.split('.')[0] ?? event.type])
  })
  const stopResets = onReset(() => void client.invalidateQueries())
  return () => {
    stopEvents()
    stopResets()
    if (timer !== null) clearTimeout(timer)
  }
}

/** The part of a server that an event says outright. */
export function readChange({ type, data }: EventJson): Partial<ServerJson> | null {
  if (type === 'server.status') {
    const { status, reason, attempt, next_try_at } = data as Pick<
      ServerJson,
      'status' | 'reason' | 'attempt' | 'next_try_at'
    >
    return { status, reason: status === 'running' ? null : reason, attempt, next_try_at: next_try_at ?? null }
  }
  if (type === 'server.health') return { health: (data as Pick<ServerJson, 'health'>).health }
  return null
}
