import { useQueries, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { Search, Waypoints } from 'lucide-react'
import type { ClientListJson } from '../../../src/api/schema/clients.ts'
import type { ToolStateListJson } from '../../../src/api/schema/tool.ts'
import { stripUnseen } from '../../lib/ansi.ts'
import { api } from '../../lib/api.ts'
import { formatNumber } from '../../lib/format.ts'
import { serversQuery } from '../../lib/queries.ts'
import { useUrlState } from '../../lib/search.ts'
import { Badge } from '../../parts/badge.tsx'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Empty } from '../../parts/empty.tsx'
import { TextField } from '../../parts/field.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Problem } from '../../parts/problem.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { buildOffer, isReachable, type Offered } from './build-offer.ts'
import { ServerChoice } from './server-choice.tsx'
import { HUB_WORDS } from './words.ts'

/** Of these the tools are read one by one; a token holds no more scopes either. */
const MAX_READ = 50
/** From so many on a model chooses worse. */
const MANY_TOOLS = 40

const COLUMNS: readonly Column<Offered>[] = [
  {
    id: 'tool',
    label: HUB_WORDS.columns.tool,
    isHeader: true,
    className: 'min-w-48',
    render: ({ name }) => <code className="break-all">{stripUnseen(name)}</code>,
  },
  {
    id: 'notes',
    label: HUB_WORDS.columns.notes,
    render: ({ isShortened, twins }) => (
      <span className="flex flex-wrap gap-1">
        {isShortened && <Badge tone="warn">{HUB_WORDS.shortened}</Badge>}
        {twins > 0 && <Badge>{HUB_WORDS.twin(twins)}</Badge>}
      </span>
    ),
  },
  { id: 'server', label: HUB_WORDS.columns.server, render: ({ server }) => server },
  {
    id: 'tokens',
    label: HUB_WORDS.columns.tokens,
    isNumber: true,
    render: ({ tokens }) => formatNumber(tokens),
  },
]

export function Offer({
  endpoint,
  chosen,
  onChoose,
}: {
  readonly endpoint: UseQueryResult<ClientListJson>
  readonly chosen: readonly string[]
  readonly onChoose: (names: readonly string[]) => void
}) {
  const [{ tool }, set] = useUrlState({ tool: '' })
  const servers = useQuery(serversQuery)
  const all = (servers.data ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const wanted = chosen.length === 0 ? all : all.filter(({ name }) => chosen.includes(name))
  const reachable = wanted.filter(isReachable)
  const isTooMany = reachable.length > MAX_READ
  const read = useQueries({
    queries: (isTooMany ? [] : reachable).map(({ name }) => ({
      queryKey: ['server', name, 'tool-states'],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        api<ToolStateListJson>(`/servers/${encodeURIComponent(name)}/tool-states`, { signal }),
      staleTime: 10_000,
    })),
  })
  const offer = buildOffer(
    read.flatMap(({ data }, index) => {
      const server = reachable[index]
      return data === undefined || server === undefined ? [] : [{ name: server.name, tools: data.items }]
    }),
  )
  const text = tool.trim().toLowerCase()
  const shown = offer.filter(({ name }) => name.toLowerCase().includes(text))
  const failed = read.find(({ error }) => error !== null)
  const query = {
    isPending: servers.isPending || read.some(({ isPending }) => isPending),
    error: servers.error ?? failed?.error ?? null,
    refetch: () => {
      void servers.refetch()
      for (const one of read) if (one.error !== null) void one.refetch()
    },
  }
  return (
    <div className="flex flex-col gap-4">
      {endpoint.data !== undefined && <CodeBlock code={endpoint.data.endpoint} what="address of the hub" />}
      {endpoint.isPending && <Skeleton className="h-9 w-full" />}
      {endpoint.data === undefined && endpoint.error !== null && (
        <Problem error={endpoint.error} onRetry={() => void endpoint.refetch()} />
      )}
      <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-[18rem_minmax(0,1fr)]">
        <ServerChoice query={servers} servers={all} chosen={chosen} max={MAX_READ} onChoose={onChoose} />
        <Card
          title={HUB_WORDS.offer}
          description={offer.length === 0 ? undefined : <Sum offer={offer} />}
          isFlush
        >
          <search className="relative block border-b border-line p-3">
            <Search aria-hidden className="pointer-events-none absolute top-5 right-5.5 size-4 text-muted" />
            <TextField
              type="search"
              label={HUB_WORDS.find}
              isLabelHidden
              placeholder={HUB_WORDS.find}
              data-search
              value={tool}
              onChange={(event) => set({ tool: event.target.value })}
            />
          </search>
          <Notes offer={offer} absent={wanted.filter((one) => !isReachable(one)).map(({ name }) => name)} />
          {isTooMany ? (
            <p className="px-4 py-8 text-center text-sm text-muted">{HUB_WORDS.tooMany(MAX_READ)}</p>
          ) : (
            <ListStates
              query={query}
              count={shown.length}
              filter={
                text === '' ? null : { words: HUB_WORDS.matching(tool), onClear: () => set({ tool: '' }) }
              }
              empty={
                <Empty
                  icon={Waypoints}
                  title={HUB_WORDS.emptyTitle}
                  text={HUB_WORDS.emptyText}
                  cli={HUB_WORDS.emptyCli}
                />
              }
            >
              <Table
                label={HUB_WORDS.offer}
                columns={COLUMNS}
                items={shown}
                keyOf={({ server, name }) => `${server}/${name}`}
              />
            </ListStates>
          )}
        </Card>
      </div>
    </div>
  )
}

function Sum({ offer }: { readonly offer: readonly Offered[] }) {
  const tokens = offer.reduce((sum, one) => sum + one.tokens, 0)
  return HUB_WORDS.sum(offer.length, new Set(offer.map(({ server }) => server)).size, tokens)
}

function Notes({
  offer,
  absent,
}: {
  readonly offer: readonly Offered[]
  readonly absent: readonly string[]
}) {
  const twins = offer.filter((one) => one.twins > 0)
  const names = new Set(twins.map(({ name, server }) => name.slice(server.length + 2)))
  const lines = [
    ...(absent.length > 0 ? [HUB_WORDS.absent(absent)] : []),
    ...(offer.length === 0 ? [] : [names.size > 0 ? HUB_WORDS.twins(names.size) : HUB_WORDS.noConflict]),
    ...(offer.length >= MANY_TOOLS ? [HUB_WORDS.many] : []),
    ...(offer.some(({ isShortened }) => isShortened) ? [HUB_WORDS.shortenedText] : []),
  ]
  if (lines.length === 0) return null
  return (
    <ul className="flex flex-col gap-0.5 border-b border-line px-4 py-2 text-sm text-muted">
      {lines.map((line) => (
        <li key={line} className="break-words">
          {line}
        </li>
      ))}
    </ul>
  )
}
