import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Brain, Search } from 'lucide-react'
import { useState } from 'react'
import type { MemoryJson, MemoryListJson, MemoryStatsJson } from '../../../src/api/schema/memory.ts'
import { api } from '../../lib/api.ts'
import { formatNumber, formatTime } from '../../lib/format.ts'
import { useUrlState } from '../../lib/search.ts'
import { Actor } from '../../parts/actor.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Empty } from '../../parts/empty.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Ago } from '../../parts/time.tsx'
import { MEMORY_WORDS as WORDS } from './words.ts'

const PAGE = 25
const NO_FILTER = { q: '', category: '', server: '' }

export function Memories() {
  const [{ offset, ...filter }, set] = useUrlState({ ...NO_FILTER, offset: '0' })
  const from = Number(offset)
  const stats = useQuery({
    queryKey: ['memory-stats'],
    queryFn: ({ signal }) => api<MemoryStatsJson>('/memories/stats', { signal }),
  })
  const list = useQuery({
    queryKey: ['memories', filter, from],
    queryFn: ({ signal }) => {
      const { q, category, server } = filter
      const query = { query: q, category, server, limit: PAGE, offset: from }
      return api<MemoryListJson>('/memories', { query, signal })
    },
    placeholderData: keepPreviousData,
  })
  const items = list.data?.memories ?? []
  const page = list.data?.pagination
  const used = Object.values(filter).filter((value) => value !== '')
  return (
    <div className="flex flex-col gap-4">
      <SearchForm
        key={JSON.stringify(filter)}
        filter={filter}
        categories={Object.entries(stats.data?.categories ?? {})}
        onChange={(next) => set({ ...next, offset: '0' }, 'push')}
      />
      <Card isFlush>
        <ListStates
          query={list}
          count={items.length}
          filter={
            used.length === 0
              ? null
              : { words: used.join(', '), onClear: () => set({ ...NO_FILTER, offset: '0' }) }
          }
          empty={<Empty icon={Brain} title={WORDS.emptyTitle} text={WORDS.emptyText} cli={WORDS.emptyCli} />}
        >
          <ul aria-label={WORDS.list}>
            {items.map((memory) => (
              <MemoryItem key={memory.id} memory={memory} />
            ))}
          </ul>
          {page !== undefined && (
            <div className="flex items-center justify-between gap-2 border-t border-line p-3 text-sm text-muted">
              <Button
                size="sm"
                disabled={from === 0}
                onClick={() => set({ offset: String(Math.max(0, from - PAGE)) }, 'push')}
              >
                {WORDS.newer}
              </Button>
              <span>{WORDS.shown(from + 1, from + items.length, page.total)}</span>
              <Button
                size="sm"
                disabled={!page.has_more}
                onClick={() => set({ offset: String(from + PAGE) }, 'push')}
              >
                {WORDS.older}
              </Button>
            </div>
          )}
        </ListStates>
      </Card>
    </div>
  )
}

function SearchForm({
  filter,
  categories,
  onChange,
}: {
  readonly filter: typeof NO_FILTER
  readonly categories: readonly (readonly [string, { readonly count: number }])[]
  readonly onChange: (filter: typeof NO_FILTER) => void
}) {
  const [typed, setTyped] = useState(filter)
  return (
    <form
      role="search"
      className="grid grid-cols-2 items-end gap-3 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_minmax(0,1fr)_auto]"
      onSubmit={(event) => {
        event.preventDefault()
        onChange(typed)
      }}
    >
      <TextField
        label={WORDS.search}
        type="search"
        placeholder={WORDS.placeholder}
        value={typed.q}
        onChange={(event) => setTyped({ ...typed, q: event.target.value })}
      />
      <SelectField
        label={WORDS.category}
        value={typed.category}
        onChange={(event) => onChange({ ...typed, category: event.target.value })}
        options={[
          { value: '', label: WORDS.all },
          ...categories.map(([value, { count }]) => ({ value, label: `${value} (${count})` })),
        ]}
      />
      <TextField
        label={WORDS.server}
        spellCheck={false}
        value={typed.server}
        onChange={(event) => setTyped({ ...typed, server: event.target.value.trim() })}
      />
      <Button type="submit" icon={Search}>
        {WORDS.go}
      </Button>
    </form>
  )
}

function MemoryItem({ memory }: { readonly memory: MemoryJson }) {
  const { content, category, kind, server, actor, occurrences, score, tags, created_at, metadata, node } =
    memory
  return (
    <li className="border-b border-line px-4 py-3 text-sm last:border-0">
      <p className="break-words whitespace-pre-wrap">{content}</p>
      <div className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-muted">
        <Badge tone="accent">{category}</Badge>
        <span>{kind}</span>
        {server !== null && <span>{server}</span>}
        <span title={formatTime(created_at)}>
          <Ago time={created_at} /> {WORDS.by} <Actor id={actor} />
        </span>
        {occurrences > 1 && <span>{WORDS.times(occurrences)}</span>}
        {score !== undefined && <span>{WORDS.score(formatNumber(score))}</span>}
        {tags.map((tag) => (
          <Badge key={tag}>{tag}</Badge>
        ))}
      </div>
      <details className="mt-1">
        <summary className="inline-flex min-h-6 cursor-pointer items-center text-xs text-muted hover:text-text">
          {WORDS.details}
        </summary>
        <p className="py-1 text-xs break-all text-muted">
          {memory.id}, {WORDS.from} {node}
        </p>
        <CodeBlock code={JSON.stringify(metadata, null, 2)} what={WORDS.details} isWrapped />
      </details>
    </li>
  )
}
