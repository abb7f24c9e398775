import { useQuery } from '@tanstack/react-query'
import { Wrench } from 'lucide-react'
import type { ServerCallsJson } from '../../../src/api/schema/calls.ts'
import { formatMs, formatNumber } from '../../lib/format.ts'
import { callsQuery } from '../../lib/queries.ts'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { SERVER_WORDS } from './words.ts'

type Row = ServerCallsJson['items'][number]
const { callsColumns: words } = SERVER_WORDS
const HOUR_SECONDS = 3600
const SHOWN = 8

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'tool',
    label: words.tool,
    isHeader: true,
    className: 'max-w-64',
    render: ({ tool, method }) => <span className="block truncate font-medium">{tool ?? method}</span>,
  },
  { id: 'calls', label: words.calls, isNumber: true, render: ({ calls }) => formatNumber(calls) },
  {
    id: 'failed',
    label: words.failed,
    isNumber: true,
    render: ({ calls, outcomes }) => formatNumber(calls - (outcomes.ok ?? 0)),
  },
  { id: 'p50', label: words.p50, isNumber: true, render: ({ latency_ms }) => formatMs(latency_ms.p50) },
  { id: 'p95', label: words.p95, isNumber: true, render: ({ latency_ms }) => formatMs(latency_ms.p95) },
]

export function Calls({ name }: { readonly name: string }) {
  const query = useQuery(callsQuery(name, HOUR_SECONDS))
  const items = query.data?.items ?? []
  return (
    <Card title={SERVER_WORDS.calls} isFlush>
      <ListStates
        query={query}
        count={items.length}
        empty={<Empty icon={Wrench} title={SERVER_WORDS.callsNone} cli={SERVER_WORDS.callsCli(name)} />}
      >
        <Table
          label={SERVER_WORDS.calls}
          columns={COLUMNS}
          items={items.slice(0, SHOWN)}
          keyOf={({ method, tool }) => `${method} ${tool ?? ''}`}
        />
      </ListStates>
    </Card>
  )
}
