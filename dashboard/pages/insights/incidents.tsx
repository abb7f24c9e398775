import { useInfiniteQuery } from '@tanstack/react-query'
import { Siren } from 'lucide-react'
import type { IncidentListJson, IncidentSummaryJson } from '../../../src/api/schema/incident.ts'
import { api } from '../../lib/api.ts'
import { useUrlState } from '../../lib/search.ts'
import { Badge, type Tone } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { SelectField } from '../../parts/field.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Ago } from '../../parts/time.tsx'
import { IncidentDialog } from './incident-dialog.tsx'
import { INCIDENT_WORDS as WORDS } from './words.ts'

const PAGE = 50
const TONES: Readonly<Record<IncidentSummaryJson['severity'], Tone>> = {
  info: 'idle',
  low: 'idle',
  medium: 'warn',
  high: 'bad',
  critical: 'bad',
}

export function Incidents() {
  const [{ state, incident }, set] = useUrlState({ state: '', incident: '' })
  const list = useInfiniteQuery({
    queryKey: ['incidents', state],
    queryFn: ({ pageParam, signal }) =>
      api<IncidentListJson>('/incidents', { query: { state, limit: PAGE, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchInterval: 10_000,
  })
  const items = list.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Card
      title={WORDS.list}
      isFlush
      actions={
        <SelectField
          label={WORDS.state}
          isLabelHidden
          value={state}
          onChange={(event) => set({ state: event.target.value })}
          options={[
            { value: '', label: WORDS.any },
            ...Object.entries(WORDS.states).map(([value, label]) => ({ value, label })),
          ]}
        />
      }
    >
      <ListStates
        query={list}
        count={items.length}
        filter={state === '' ? null : { words: state, onClear: () => set({ state: '' }) }}
        empty={<Empty icon={Siren} title={WORDS.emptyTitle} text={WORDS.emptyText} cli={WORDS.emptyCli} />}
      >
        <ul aria-label={WORDS.list}>
          {items.map((item) => (
            <li key={item.id} className="border-b border-line px-4 py-3 text-sm last:border-0">
              <div className="flex flex-wrap items-center gap-2">
                <Badge tone={item.state === 'open' ? TONES[item.severity] : 'idle'}>
                  {item.state === 'open' ? item.severity : WORDS.states.resolved}
                </Badge>
                <button
                  type="button"
                  className="min-h-6 min-w-0 rounded-sm text-left font-medium break-words hover:underline"
                  onClick={() => set({ incident: item.id }, 'push')}
                >
                  {item.title}
                </button>
              </div>
              <p className="mt-0.5 text-muted">
                {item.server}, {WORDS.times(item.occurrences)}, <Ago time={item.last_at} />
                {item.change !== null && ` · ${WORDS.since.toLowerCase()} ${item.change.text}`}
              </p>
              {item.hint !== null && <p className="mt-0.5 break-words">{item.hint}</p>}
            </li>
          ))}
        </ul>
        {list.hasNextPage && (
          <div className="flex justify-center border-t border-line p-3">
            <Button onClick={() => void list.fetchNextPage()} isBusy={list.isFetchingNextPage}>
              {WORDS.more}
            </Button>
          </div>
        )}
      </ListStates>
      {incident !== '' && (
        <IncidentDialog key={incident} id={incident} onClose={() => set({ incident: '' })} />
      )}
    </Card>
  )
}
