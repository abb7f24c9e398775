import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Archive } from 'lucide-react'
import { useState } from 'react'
import type { BackupJson, BackupListJson } from '../../../src/api/schema/backup.ts'
import { api } from '../../lib/api.ts'
import { formatBytes } from '../../lib/format.ts'
import { Badge, type Tone } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Problem } from '../../parts/problem.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Switch } from '../../parts/switch.tsx'
import { Ago } from '../../parts/time.tsx'
import { showToast } from '../../parts/toast.tsx'
import { SETTINGS_WORDS } from './words.ts'

const WORDS = SETTINGS_WORDS.backups
const KEY = ['backups']
const RUNNING_MS = 1_000
const TONES: Readonly<Record<BackupJson['state'], Tone>> = { running: 'accent', done: 'good', failed: 'bad' }

const COLUMNS: readonly Column<BackupJson>[] = [
  {
    id: 'name',
    label: WORDS.name,
    isHeader: true,
    render: ({ name, path, error }) => (
      <>
        <span className="font-medium break-all">{name}</span>
        <span className="block text-xs break-all text-muted">{error?.message ?? path}</span>
      </>
    ),
  },
  { id: 'kind', label: WORDS.kind, className: 'whitespace-nowrap', render: ({ kind }) => WORDS.kinds[kind] },
  { id: 'size', label: WORDS.size, isNumber: true, render: ({ bytes }) => formatBytes(bytes) },
  {
    id: 'when',
    label: WORDS.when,
    className: 'whitespace-nowrap',
    render: ({ created_at }) => <Ago time={created_at} />,
  },
  {
    id: 'state',
    label: WORDS.state,
    render: ({ state }) => <Badge tone={TONES[state]}>{WORDS.states[state]}</Badge>,
  },
]

export function Backups() {
  const client = useQueryClient()
  const [withData, setWithData] = useState(false)
  const backups = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api<BackupListJson>('/backups', { signal }),
    refetchInterval: ({ state }) =>
      state.data?.items.some((one) => one.state === 'running') === true ? RUNNING_MS : false,
  })
  const create = useMutation({
    mutationFn: () => api<BackupJson>('/backups', { json: { with_data: withData } }),
    async onSuccess() {
      showToast(WORDS.started)
      await client.invalidateQueries({ queryKey: KEY })
    },
  })
  const items = backups.data?.items ?? []
  return (
    <Card
      title={WORDS.list}
      description={WORDS.text}
      isFlush
      actions={
        <>
          <Switch label={WORDS.withData} isOn={withData} onChange={setWithData} />
          <Button size="sm" icon={Archive} onClick={() => create.mutate()} isBusy={create.isPending}>
            {WORDS.create}
          </Button>
        </>
      }
    >
      {create.error !== null && (
        <div className="p-3">
          <Problem error={create.error} />
        </div>
      )}
      <ListStates
        query={backups}
        count={items.length}
        empty={<Empty icon={Archive} title={WORDS.emptyTitle} text={WORDS.emptyText} cli={WORDS.emptyCli} />}
      >
        <Table label={WORDS.list} columns={COLUMNS} items={items} keyOf={({ name }) => name} />
      </ListStates>
    </Card>
  )
}
