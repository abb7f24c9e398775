import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Boxes } from 'lucide-react'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { formatBytes, formatPercent, formatSpan } from '../../lib/format.ts'
import { serversQuery } from '../../lib/queries.ts'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Page as Frame } from '../../parts/page.tsx'
import { Status } from '../../parts/status.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { SERVERS_WORDS } from './words.ts'

const COLUMNS: readonly Column<ServerJson>[] = [
  {
    id: 'name',
    label: 'Name',
    isHeader: true,
    render: ({ name }) => (
      <Link to="/servers/$name" params={{ name } as never} className="font-medium hover:underline">
        {name}
      </Link>
    ),
  },
  {
    id: 'status',
    label: 'Status',
    render: ({ status, health, idle }) => <Status status={status} health={health} isIdle={idle} />,
  },
  {
    id: 'uptime',
    label: 'Uptime',
    isNumber: true,
    render: ({ uptime_seconds }) => formatSpan(uptime_seconds),
  },
  { id: 'cpu', label: 'CPU', isNumber: true, render: ({ usage }) => formatPercent(usage?.cpu_percent) },
  { id: 'memory', label: 'Memory', isNumber: true, render: ({ usage }) => formatBytes(usage?.memory_bytes) },
]

export function Page() {
  const servers = useQuery(serversQuery)
  const items = servers.data ?? []
  return (
    <Frame title={SERVERS_WORDS.title}>
      <Card isFlush>
        <ListStates
          query={servers}
          count={items.length}
          empty={
            <Empty
              icon={Boxes}
              title={SERVERS_WORDS.emptyTitle}
              text={SERVERS_WORDS.emptyText}
              cli={SERVERS_WORDS.emptyCli}
            />
          }
        >
          <Table label={SERVERS_WORDS.list} columns={COLUMNS} items={items} keyOf={({ name }) => name} />
        </ListStates>
      </Card>
    </Frame>
  )
}
