import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { MonitorSmartphone } from 'lucide-react'
import type { SessionJson } from '../../../src/api/schema/people.ts'
import { api } from '../../lib/api.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Problem } from '../../parts/problem.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { showToast } from '../../parts/toast.tsx'
import { SETTINGS_WORDS } from './words.ts'

const WORDS = SETTINGS_WORDS.sessions
const KEY = ['sessions']

export function Sessions() {
  const client = useQueryClient()
  const sessions = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api<{ readonly items: readonly SessionJson[] }>('/sessions', { signal }),
  })
  const end = useMutation({
    mutationFn: (id: string) => api(`/sessions/${id}`, { method: 'DELETE' }),
    async onSuccess() {
      showToast(WORDS.ended)
      await client.invalidateQueries({ queryKey: KEY })
    },
  })
  const items = sessions.data?.items ?? []
  const columns: readonly Column<SessionJson>[] = [
    { id: 'user', label: WORDS.user, isHeader: true, render: ({ user }) => user },
    {
      id: 'browser',
      label: WORDS.browser,
      className: 'max-w-64 truncate',
      render: ({ user_agent }) => user_agent ?? '–',
    },
    { id: 'address', label: WORDS.address, render: ({ ip }) => ip ?? '–' },
    {
      id: 'used',
      label: WORDS.used,
      className: 'whitespace-nowrap',
      render: ({ last_used_at }) => <Ago time={last_used_at} />,
    },
    {
      id: 'ends',
      label: WORDS.ends,
      className: 'whitespace-nowrap',
      render: ({ expires_at }) => <Ago time={expires_at} />,
    },
    {
      id: 'end',
      label: '',
      isNumber: true,
      render: ({ id, current }) =>
        current ? (
          <Badge tone="accent">{WORDS.current}</Badge>
        ) : (
          <Button size="sm" onClick={() => end.mutate(id)} isBusy={end.isPending && end.variables === id}>
            {WORDS.end}
          </Button>
        ),
    },
  ]
  return (
    <Card title={WORDS.list} isFlush>
      {end.error !== null && (
        <div className="p-3">
          <Problem error={end.error} />
        </div>
      )}
      <ListStates
        query={sessions}
        count={items.length}
        empty={<Empty icon={MonitorSmartphone} title={WORDS.emptyTitle} />}
      >
        <Table label={WORDS.list} columns={columns} items={items} keyOf={({ id }) => id} />
      </ListStates>
    </Card>
  )
}
