import { Ban, Search } from 'lucide-react'
import { cn } from '../../lib/cn.ts'
import { Card } from '../card.tsx'
import { Empty } from '../empty.tsx'
import { TextField } from '../field.tsx'
import { ListStates } from '../list-states.tsx'
import { findWays, type Client } from './order-clients.ts'
import { CONNECT_WORDS } from './words.ts'

export function ClientPicker({
  query,
  clients,
  chosen,
  search,
  onSearch,
  onChoose,
}: {
  readonly query: Parameters<typeof ListStates>[0]['query']
  readonly clients: readonly Client[]
  readonly chosen: string | null
  readonly search: string
  readonly onSearch: (text: string) => void
  readonly onChoose: (id: string) => void
}) {
  return (
    <Card title={CONNECT_WORDS.choose} isFlush>
      <search className="relative block border-b border-line p-3">
        <Search aria-hidden className="pointer-events-none absolute top-5 right-5.5 size-4 text-muted" />
        <TextField
          type="search"
          label={CONNECT_WORDS.find}
          isLabelHidden
          placeholder={CONNECT_WORDS.find}
          data-search
          value={search}
          onChange={(event) => onSearch(event.target.value)}
        />
      </search>
      <ListStates
        query={query}
        count={clients.length}
        filter={search === '' ? null : { words: CONNECT_WORDS.matching(search), onClear: () => onSearch('') }}
        empty={<Empty title={CONNECT_WORDS.emptyTitle} />}
      >
        <ul
          aria-label={CONNECT_WORDS.list}
          className="max-h-64 overflow-y-auto lg:max-h-[calc(100dvh-21rem)] lg:min-h-72"
        >
          {clients.map((client) => (
            <Row
              key={client.id}
              client={client}
              isChosen={client.id === chosen}
              onChoose={() => onChoose(client.id)}
            />
          ))}
        </ul>
      </ListStates>
    </Card>
  )
}

/** What cannot work can be chosen too: the reason is what it shows then. */
function Row({
  client,
  isChosen,
  onChoose,
}: {
  readonly client: Client
  readonly isChosen: boolean
  readonly onChoose: () => void
}) {
  const isOff = client.disabled !== null
  const ways = findWays(client).map((way) => CONNECT_WORDS.ways[way])
  return (
    <li className="border-b border-line last:border-0">
      <button
        type="button"
        aria-current={isChosen || undefined}
        className={cn(
          'flex w-full items-center gap-2 border-l-2 px-3 py-1.5 text-left',
          isChosen ? 'border-accent bg-accent-soft' : 'border-transparent hover:bg-hover',
        )}
        onClick={onChoose}
      >
        <span className="min-w-0 flex-1">
          <span className={cn('block truncate text-sm font-medium', isOff && 'text-muted')}>
            {client.title}
          </span>
          <span className="block truncate text-xs text-muted">
            {isOff ? CONNECT_WORDS.unusable : ways.join(', ')}
          </span>
        </span>
        {isOff && <Ban aria-hidden className="size-4 shrink-0 text-muted" />}
      </button>
    </li>
  )
}
