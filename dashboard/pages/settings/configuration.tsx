import { useQuery } from '@tanstack/react-query'
import { SlidersHorizontal } from 'lucide-react'
import { Fragment } from 'react'
import type { ConfigListJson } from '../../../src/api/schema/config.ts'
import { api } from '../../lib/api.ts'
import { useUrlState } from '../../lib/search.ts'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { TextField } from '../../parts/field.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { SETTINGS_WORDS } from './words.ts'

const WORDS = SETTINGS_WORDS.configuration
type Item = ConfigListJson['items'][number]

const COLUMNS: readonly Column<Item>[] = [
  {
    id: 'key',
    label: WORDS.key,
    isHeader: true,
    className: 'align-top',
    render: ({ key }) => (
      <code className="text-xs break-words">
        {key.split(/(?<=[._])/).map((part, at) => (
          <Fragment key={at}>
            {at > 0 && <wbr />}
            {part}
          </Fragment>
        ))}
      </code>
    ),
  },
  {
    id: 'value',
    label: WORDS.value,
    className: 'align-top',
    render: ({ value }) => <code className="text-xs break-all">{JSON.stringify(value)}</code>,
  },
]

/** Public address, limits, sign-in, retention and all other keys, as they are in force. Files change them. */
export function Configuration() {
  const [{ key }, set] = useUrlState({ key: '' })
  const found = useQuery({
    queryKey: ['config'],
    queryFn: ({ signal }) => api<ConfigListJson>('/config', { signal }),
  })
  const wanted = key.trim().toLowerCase()
  const items = (found.data?.items ?? []).filter((item) => item.key.includes(wanted))
  return (
    <>
      <TextField
        label={WORDS.find}
        type="search"
        placeholder={WORDS.example}
        spellCheck={false}
        value={key}
        onChange={(event) => set({ key: event.target.value })}
      />
      <Card title={WORDS.list} description={WORDS.text} isFlush>
        <ListStates
          query={found}
          count={items.length}
          filter={wanted === '' ? null : { words: key, onClear: () => set({ key: '' }) }}
          empty={<Empty icon={SlidersHorizontal} title={WORDS.emptyTitle} cli={WORDS.emptyCli} />}
        >
          <Table label={WORDS.list} columns={COLUMNS} items={items} keyOf={(item) => item.key} />
        </ListStates>
      </Card>
    </>
  )
}
