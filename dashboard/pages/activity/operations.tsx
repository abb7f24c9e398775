import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Rocket } from 'lucide-react'
import type { OperationListJson, OperationRowJson } from '../../../src/api/schema/operation.ts'
import { OPERATION_STATUSES } from '../../../src/domain/deployment.ts'
import { api } from '../../lib/api.ts'
import { formatSpan } from '../../lib/format.ts'
import { hasPage } from '../../lib/has-page.ts'
import { useUrlState } from '../../lib/search.ts'
import { Actor } from '../../parts/actor.tsx'
import { Badge, type Tone } from '../../parts/badge.tsx'
import { ButtonLink } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { SelectField } from '../../parts/field.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { OPERATION_WORDS as WORDS } from './words.ts'

const MOST = 200
const TONES: Readonly<Record<OperationRowJson['status'], Tone>> = {
  running: 'accent',
  succeeded: 'good',
  rejected: 'warn',
  failed: 'bad',
}

/** Deployments: who began each, how far it came. The events bring a running one forward. */
export function Operations() {
  const [{ status }, set] = useUrlState({ status: '' })
  const found = useQuery({
    queryKey: ['operations', status],
    queryFn: ({ signal }) =>
      api<OperationListJson>('/operations', { query: { status, limit: MOST }, signal }),
  })
  const items = found.data?.items ?? []
  return (
    <div className="flex flex-col gap-4">
      <div className="max-w-48">
        <SelectField
          label={WORDS.status}
          value={status}
          onChange={(event) => set({ status: event.target.value })}
          options={[
            { value: '', label: WORDS.any },
            ...OPERATION_STATUSES.map((value) => ({ value, label: WORDS.statuses[value] })),
          ]}
        />
      </div>
      <Card isFlush>
        <ListStates
          query={found}
          count={items.length}
          filter={
            status === ''
              ? null
              : {
                  words: WORDS.statuses[status as OperationRowJson['status']] ?? status,
                  onClear: () => set({ status: '' }),
                }
          }
          empty={
            <Empty
              icon={Rocket}
              title={WORDS.emptyTitle}
              text={WORDS.emptyText}
              action={hasPage('deploy') ? <ButtonLink to="/deploy">{WORDS.deploy}</ButtonLink> : undefined}
              cli={WORDS.emptyCli}
            />
          }
        >
          <Table label={WORDS.list} columns={COLUMNS} items={items} keyOf={({ id }) => id} />
        </ListStates>
      </Card>
      {items.length === MOST && <p className="text-sm text-muted">{WORDS.cut(MOST)}</p>}
    </div>
  )
}

const COLUMNS: readonly Column<OperationRowJson>[] = [
  {
    id: 'time',
    label: WORDS.columns.time,
    className: 'whitespace-nowrap text-muted',
    render: ({ created_at }) => <Ago time={created_at} />,
  },
  {
    id: 'server',
    label: WORDS.columns.server,
    isHeader: true,
    className: 'max-w-56 truncate',
    render: ({ id, name }) => (
      <Link
        to="/deploy/$operation"
        params={{ operation: id } as never}
        className="inline-flex min-h-6 items-center rounded-sm font-medium hover:underline"
      >
        {name === '' ? WORDS.unnamed : name}
      </Link>
    ),
  },
  {
    id: 'status',
    label: WORDS.columns.status,
    render: ({ status, stage, error }) => (
      <span className="flex min-w-32 flex-col items-start gap-0.5">
        <Badge tone={TONES[status]}>
          {WORDS.statuses[status]}
          {stage !== null && `: ${stage}`}
        </Badge>
        {error !== null && <span className="max-w-md text-xs break-words text-muted">{error.message}</span>}
      </span>
    ),
  },
  {
    id: 'took',
    label: WORDS.columns.took,
    isNumber: true,
    render: ({ seconds }) => (seconds === null ? '–' : formatSpan(seconds)),
  },
  {
    id: 'actor',
    label: WORDS.columns.actor,
    className: 'max-w-56 truncate',
    render: ({ actor }) => <Actor id={actor} />,
  },
]
