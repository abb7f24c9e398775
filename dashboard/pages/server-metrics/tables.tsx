import { useQuery } from '@tanstack/react-query'
import { stripUnseen } from '../../lib/ansi.ts'
import { formatBytes, formatMs, formatNumber } from '../../lib/format.ts'
import { callsQuery } from '../../lib/queries.ts'
import { useServer } from '../../lib/use-server.ts'
import { Card } from '../../parts/card.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Table } from '../../parts/table.tsx'
import { METRICS_WORDS as WORDS } from './words.ts'

const MOST = 10

export function ToolTable({ name, seconds }: { readonly name: string; readonly seconds: number }) {
  const calls = useQuery(callsQuery(name, seconds))
  const items = (calls.data?.items ?? []).filter(({ tool }) => tool !== null).slice(0, MOST)
  return (
    <Card title={WORDS.tools} isFlush>
      <ListStates
        query={calls}
        count={items.length}
        empty={<p className="p-4 text-sm text-muted">{WORDS.noCalls}</p>}
      >
        <Table
          label={WORDS.tools}
          items={items}
          keyOf={({ method, tool }) => `${method} ${tool ?? ''}`}
          columns={[
            {
              id: 'tool',
              label: WORDS.tool,
              isHeader: true,
              className: 'min-w-40',
              render: ({ tool }) => <code className="break-all">{stripUnseen(tool ?? '')}</code>,
            },
            { id: 'calls', label: WORDS.calls, isNumber: true, render: (item) => formatNumber(item.calls) },
            {
              id: 'failed',
              label: WORDS.failed,
              isNumber: true,
              render: (item) => formatNumber(item.calls - (item.outcomes.ok ?? 0)),
            },
            { id: 'p50', label: 'p50', isNumber: true, render: (item) => formatMs(item.latency_ms.p50) },
            { id: 'p95', label: 'p95', isNumber: true, render: (item) => formatMs(item.latency_ms.p95) },
            { id: 'p99', label: 'p99', isNumber: true, render: (item) => formatMs(item.latency_ms.p99) },
          ]}
        />
      </ListStates>
    </Card>
  )
}

export function EgressTable() {
  const server = useServer()
  const items = server?.egress ?? []
  return (
    <Card title={WORDS.egress} isFlush>
      {items.length === 0 ? (
        <p className="p-4 text-sm text-muted">{WORDS.noEgress}</p>
      ) : (
        <Table
          label={WORDS.egress}
          items={items}
          keyOf={({ host, port }) => `${host}:${port}`}
          columns={[
            {
              id: 'place',
              label: WORDS.place,
              isHeader: true,
              render: ({ host, port }) => <code className="break-all">{`${stripUnseen(host)}:${port}`}</code>,
            },
            {
              id: 'reached',
              label: WORDS.reached,
              isNumber: true,
              render: (item) => formatNumber(item.connections),
            },
            { id: 'sent', label: WORDS.sent, isNumber: true, render: (item) => formatBytes(item.bytes_sent) },
            {
              id: 'received',
              label: WORDS.received,
              isNumber: true,
              render: (item) => formatBytes(item.bytes_received),
            },
            {
              id: 'refused',
              label: WORDS.refused,
              isNumber: true,
              render: (item) => formatNumber(item.refused),
            },
          ]}
        />
      )}
    </Card>
  )
}
