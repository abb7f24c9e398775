import { Search } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { SERVER_STATUSES } from '../../../src/domain/server-state.ts'
import { STATUS_WORDS } from '../../lib/words.ts'
import { SelectField, TextField } from '../../parts/field.tsx'
import { ATTENTION, listChoices, type Filter } from './filter-servers.ts'
import { SavedViews } from './saved-views-menu.tsx'
import { SERVERS_WORDS } from './words.ts'

export function FilterBar({
  servers,
  filter,
  onChange,
}: {
  readonly servers: readonly ServerJson[]
  readonly filter: Filter
  readonly onChange: (change: Partial<Filter>) => void
}) {
  const { filters, any, attention, search } = SERVERS_WORDS
  const plain = (values: readonly string[]) => values.map((value) => ({ value, label: value }))
  const choices = {
    status: [
      { value: ATTENTION, label: attention },
      ...SERVER_STATUSES.map((value) => ({ value, label: STATUS_WORDS[value] })),
    ],
    language: plain(
      listChoices(servers, ({ runtime }) => (runtime === null ? [] : [runtime]), filter.language),
    ),
    tag: plain(listChoices(servers, ({ tags }) => tags, filter.tag)),
    tier: plain(
      listChoices(servers, ({ instance }) => (instance === null ? [] : [instance.tier]), filter.tier),
    ),
  }
  const kinds = ['status', 'language', 'tag', 'tier'] as const
  return (
    <search className="flex flex-wrap items-center gap-2 border-b border-line p-3">
      <div className="relative min-w-48 flex-1">
        <Search aria-hidden className="pointer-events-none absolute top-2 right-2.5 size-4 text-muted" />
        <TextField
          type="search"
          label={search}
          isLabelHidden
          placeholder={search}
          data-search
          value={filter.q}
          onChange={(event) => onChange({ q: event.target.value })}
        />
      </div>
      {kinds
        .filter((kind) => choices[kind].length > 1 || filter[kind] !== '')
        .map((kind) => (
          <SelectField
            key={kind}
            label={filters[kind]}
            isLabelHidden
            value={filter[kind]}
            onChange={(event) => onChange({ [kind]: event.target.value })}
            options={[{ value: '', label: any[kind] }, ...choices[kind]]}
          />
        ))}
      <SavedViews filter={filter} onChoose={onChange} />
    </search>
  )
}

/** For "all that are shown": neither on nor off when some are. */
export function Checkbox({
  label,
  isOn,
  isMixed = false,
  onChange,
}: {
  readonly label: string
  readonly isOn: boolean
  readonly isMixed?: boolean
  readonly onChange: (isOn: boolean) => void
}) {
  const box = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (box.current !== null) box.current.indeterminate = isMixed
  }, [isMixed])
  return (
    <label className="inline-flex size-6 cursor-pointer items-center justify-center">
      <span className="sr-only">{label}</span>
      <input
        ref={box}
        type="checkbox"
        checked={isOn}
        onChange={(event) => onChange(event.target.checked)}
        className="size-4 accent-accent"
      />
    </label>
  )
}
