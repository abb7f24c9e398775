import { useQuery } from '@tanstack/react-query'
import { Boxes, Plus } from 'lucide-react'
import { useMemo, useState } from 'react'
import { hasPage } from '../../lib/has-page.ts'
import { serversQuery } from '../../lib/queries.ts'
import { useUrlState } from '../../lib/search.ts'
import { ButtonLink } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Page as Frame } from '../../parts/page.tsx'
import { Freshness } from '../../parts/time.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { FilterBar } from './filter-bar.tsx'
import { describeFilter, filterServers, NO_FILTER } from './filter-servers.ts'
import { ServerTable } from './server-table.tsx'
import { SERVERS_WORDS } from './words.ts'

export function Page() {
  const query = useQuery(serversQuery)
  const [filter, setFilter] = useUrlState(NO_FILTER)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const all = useMemo(() => query.data ?? [], [query.data])
  const shown = useMemo(() => filterServers(all, filter), [all, filter])
  // What the filter hides is not acted on.
  const selected = useMemo(() => shown.filter(({ name }) => chosen.has(name)), [shown, chosen])
  const selectedNames = useMemo(() => new Set(selected.map(({ name }) => name)), [selected])
  const words = describeFilter(filter)
  const deploy = hasPage('deploy') && (
    <ButtonLink to="/deploy" variant="primary" icon={Plus}>
      {SERVERS_WORDS.deploy}
    </ButtonLink>
  )

  const select = (names: readonly string[], isOn: boolean) =>
    setChosen((before) => {
      const next = new Set(before)
      for (const name of names) {
        if (isOn) next.add(name)
        else next.delete(name)
      }
      return next
    })

  return (
    <Frame
      isWide
      title={SERVERS_WORDS.title}
      description={
        query.data !== undefined && (
          <span className="flex items-center gap-2">
            {SERVERS_WORDS.count(shown.length, all.length)} <Freshness at={query.dataUpdatedAt} />
          </span>
        )
      }
      actions={deploy}
    >
      <Card isFlush>
        {all.length > 0 && <FilterBar servers={all} filter={filter} onChange={setFilter} />}
        <ListStates
          query={query}
          count={shown.length}
          filter={words === null || all.length === 0 ? null : { words, onClear: () => setFilter(NO_FILTER) }}
          empty={
            <Empty
              icon={Boxes}
              title={SERVERS_WORDS.emptyTitle}
              text={SERVERS_WORDS.emptyText}
              action={deploy}
              cli={SERVERS_WORDS.emptyCli}
            />
          }
        >
          <ServerTable
            servers={shown}
            selected={selectedNames}
            onSelect={select}
            sort={{ by: filter.sort.replace(/^-/, ''), isDescending: filter.sort.startsWith('-') }}
            onSort={({ by, isDescending }) => setFilter({ sort: `${isDescending ? '-' : ''}${by}` })}
          />
        </ListStates>
      </Card>
      <BulkBar servers={selected} onClear={() => setChosen(new Set())} />
    </Frame>
  )
}
