/** Which servers a list shows, in which order, from where. Only what is asked for is looked up. */
import type { Server } from '../domain/server.ts'
import type { ServerStatus } from '../domain/server-state.ts'
import type { HostingContext } from './context.ts'
import { stateOf } from './run-server.ts'
import { buildEffectiveConfig } from './server-view.ts'

export const SERVER_SORTS = [
  'name',
  'status',
  'created_at',
  'updated_at',
  'restarts',
  'memory',
  'cpu',
] as const
type SortKey = (typeof SERVER_SORTS)[number]

export type ServerQuery = {
  readonly isArchived: boolean
  /** Empty: all. */
  readonly statuses: readonly ServerStatus[]
  /** A server has all of them. */
  readonly tags: readonly string[]
  /** In its name, description or tags, whatever the case; empty: all. */
  readonly text: string
  readonly sort: SortKey
  readonly isDescending: boolean
  /** The last one that was given; null: from the beginning. */
  readonly after: Place | null
  readonly limit: number
}

/** Where a server stands in a sorted list: names make it unique. */
export type Place = { readonly value: string | number; readonly name: string }

type Chosen = {
  readonly page: readonly Server[]
  readonly last: Place | null
  /** Of those that fit, on all pages. */
  readonly total: number
}

export async function chooseServers(context: HostingContext, query: ServerQuery): Promise<Chosen> {
  const isPlain = query.statuses.length + query.tags.length === 0 && query.text === ''
  if (isPlain && query.sort === 'name' && !query.isDescending) return choosePlainPage(context, query)
  const all = await (query.isArchived ? context.servers.listArchived() : context.servers.list())
  const inStatus =
    query.statuses.length === 0
      ? all
      : all.filter((server) => query.statuses.includes(stateOf(context, server).kind))
  const fitting =
    query.tags.length === 0 && query.text === '' ? inStatus : await filterByWords(context, inStatus, query)
  const places = fitting
    .map((server) => ({ server, place: { value: VALUES[query.sort](context, server), name: server.name } }))
    .sort((a, b) => compare(a.place, b.place, query.isDescending))
  const { after } = query
  const rest =
    after === null ? places : places.filter(({ place }) => compare(place, after, query.isDescending) > 0)
  const page = rest.slice(0, query.limit)
  return {
    page: page.map(({ server }) => server),
    last: rest.length > page.length ? (page.at(-1)?.place ?? null) : null,
    total: fitting.length,
  }
}

/** The whole list by its names needs no look at each: the store gives a page of it. */
async function choosePlainPage(context: HostingContext, query: ServerQuery): Promise<Chosen> {
  const { isArchived, after, limit } = query
  // One more than is shown tells whether there is another page.
  const from = { isArchived, after: after?.name ?? null, limit: limit + 1 }
  const { servers, total } = await context.servers.listPage(from)
  const page = servers.slice(0, limit)
  const last = page.at(-1)
  const goesOn = servers.length > page.length && last !== undefined
  return { page, last: goesOn ? { value: last.name, name: last.name } : null, total }
}

async function filterByWords(
  context: HostingContext,
  servers: readonly Server[],
  { tags, text }: ServerQuery,
): Promise<readonly Server[]> {
  const wanted = text.toLowerCase()
  const versions = await context.versions.findEach(
    servers.flatMap(({ activeVersion }) => activeVersion ?? []),
  )
  return servers.filter((server) => {
    const version = server.activeVersion && versions.get(server.activeVersion)
    const config = version ? buildEffectiveConfig(version.config, server.overrides) : null
    const own = config?.tags ?? []
    if (!tags.every((tag) => own.includes(tag))) return false
    return [server.name, config?.description ?? '', ...own].some((word) =>
      word.toLowerCase().includes(wanted),
    )
  })
}

type Value = (context: HostingContext, server: Server) => Place['value']
const VALUES: Readonly<Record<SortKey, Value>> = {
  name: (_, { name }) => name,
  status: (context, server) => stateOf(context, server).kind,
  created_at: (_, { createdAt }) => createdAt,
  updated_at: (_, { updatedAt }) => updatedAt,
  restarts: ({ supervision }, { id }) => supervision.restarts(id),
  memory: ({ supervision }, { id }) => supervision.usage(id)?.memoryBytes ?? 0,
  cpu: ({ supervision }, { id }) => supervision.usage(id)?.cpuPercent ?? 0,
}

/** Equal values stand by name, whichever way the list runs. */
function compare(a: Place, b: Place, isDescending: boolean): number {
  if (a.value !== b.value) return a.value < b.value === isDescending ? 1 : -1
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
