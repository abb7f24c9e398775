import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { BellOff } from 'lucide-react'
import type { SuppressionJson, SuppressionListJson } from '../../../src/api/schema/finding.ts'
import { api } from '../../lib/api.ts'
import { Actor } from '../../parts/actor.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Problem } from '../../parts/problem.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { showToast } from '../../parts/toast.tsx'
import { SECURITY_WORDS } from './words.ts'

const KEY = ['suppressions']

export function Suppressions() {
  const client = useQueryClient()
  const list = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api<SuppressionListJson>('/suppressions', { signal }),
  })
  const remove = useMutation({
    mutationFn: (fingerprint: string) => api(`/suppressions/${fingerprint}`, { method: 'DELETE' }),
    async onSuccess() {
      showToast(SECURITY_WORDS.restored)
      await client.invalidateQueries({ queryKey: KEY })
    },
  })
  const items = list.data?.items ?? []
  const columns: readonly Column<SuppressionJson>[] = [
    {
      id: 'fingerprint',
      label: SECURITY_WORDS.fingerprint,
      isHeader: true,
      render: ({ fingerprint }) => <code>{fingerprint.slice(0, 12)}</code>,
    },
    { id: 'reason', label: SECURITY_WORDS.reason, className: 'min-w-48', render: ({ reason }) => reason },
    { id: 'by', label: SECURITY_WORDS.by, render: ({ created_by }) => <Actor id={created_by} /> },
    {
      id: 'until',
      label: SECURITY_WORDS.until,
      className: 'whitespace-nowrap',
      render: ({ expires_at, expired }) =>
        expired ? <Badge tone="warn">{SECURITY_WORDS.expired}</Badge> : <Ago time={expires_at} />,
    },
    {
      id: 'restore',
      label: '',
      isNumber: true,
      render: ({ fingerprint }) => (
        <Button
          size="sm"
          aria-label={`${SECURITY_WORDS.restore}: ${fingerprint.slice(0, 12)}`}
          isBusy={remove.isPending && remove.variables === fingerprint}
          onClick={() => remove.mutate(fingerprint)}
        >
          {SECURITY_WORDS.restore}
        </Button>
      ),
    },
  ]
  return (
    <Card title={SECURITY_WORDS.suppressions} isFlush>
      {remove.error !== null && (
        <div className="p-3">
          <Problem error={remove.error} />
        </div>
      )}
      <ListStates
        query={list}
        count={items.length}
        empty={<Empty icon={BellOff} title={SECURITY_WORDS.noneTitle} text={SECURITY_WORDS.noneText} />}
      >
        <Table
          label={SECURITY_WORDS.suppressions}
          columns={columns}
          items={items}
          keyOf={({ fingerprint }) => fingerprint}
        />
      </ListStates>
    </Card>
  )
}
