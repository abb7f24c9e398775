import { Link } from '@tanstack/react-router'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { formatBytes, formatPercent, formatSpan } from '../../lib/format.ts'
import { Badge } from '../../parts/badge.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Meter } from '../../parts/meter.tsx'
import { Status } from '../../parts/status.tsx'
import type { Column } from '../../parts/table.tsx'
import { SORTABLE } from './filter-servers.ts'
import { SERVERS_WORDS } from './words.ts'

const MIB = 2 ** 20

export function ServerLink({ name }: { readonly name: string }) {
  return (
    <Link
      to={'/servers/$name' as string}
      params={{ name } as never}
      className="inline-block max-w-full min-h-6 content-center truncate font-medium underline-offset-2 hover:underline"
    >
      {name}
    </Link>
  )
}

export function Memory({ usage, limits }: Pick<ServerJson, 'usage' | 'limits'>) {
  if (usage === null) return <>{SERVERS_WORDS.none}</>
  const limit = limits.memory_mb * MIB
  return (
    <Meter
      value={usage.memory_bytes}
      max={limit}
      text={SERVERS_WORDS.memoryOf(formatBytes(usage.memory_bytes), formatBytes(limit))}
      shown={formatBytes(usage.memory_bytes)}
    />
  )
}

/** Why it is not well, in the words of the platform; the last end of one that was well since says nothing. */
export function findLastError({ status, reason, last_exit, restarts }: ServerJson): string | null {
  if (status === 'backoff' || status === 'failed') return reason ?? last_exit?.detail ?? null
  return restarts > 0 ? (last_exit?.detail ?? null) : null
}

const { columns: words } = SERVERS_WORDS
const plain: readonly Column<ServerJson>[] = [
  {
    id: 'name',
    label: words.name,
    isHeader: true,
    className: 'max-w-64',
    render: (server) => (
      <span className="flex min-w-0 items-center gap-1">
        <ServerLink name={server.name} />
        <CopyButton text={server.endpoint} what={`endpoint of ${server.name}`} />
        {server.tags.slice(0, 2).map((tag) => (
          <Badge key={tag}>{tag}</Badge>
        ))}
      </span>
    ),
  },
  {
    id: 'status',
    label: words.status,
    render: ({ status, health, idle }) => <Status status={status} health={health} isIdle={idle} />,
  },
  { id: 'language', label: words.language, render: ({ runtime }) => runtime ?? SERVERS_WORDS.none },
  {
    id: 'version',
    label: words.version,
    isNumber: true,
    render: ({ version }) => version ?? SERVERS_WORDS.none,
  },
  {
    id: 'uptime',
    label: words.uptime,
    isNumber: true,
    render: ({ uptime_seconds }) => formatSpan(uptime_seconds),
  },
  { id: 'restarts', label: words.restarts, isNumber: true, render: ({ restarts }) => restarts },
  { id: 'cpu', label: words.cpu, isNumber: true, render: ({ usage }) => formatPercent(usage?.cpu_percent) },
  { id: 'memory', label: words.memory, isNumber: true, render: (server) => <Memory {...server} /> },
  {
    id: 'error',
    label: words.error,
    className: 'max-w-72',
    render: (server) => {
      const text = findLastError(server)
      return (
        <span title={text ?? undefined} className="block truncate text-muted">
          {text ?? SERVERS_WORDS.none}
        </span>
      )
    },
  },
]

export const COLUMNS: readonly Column<ServerJson>[] = plain.map((column) => ({
  ...column,
  canSort: SORTABLE.includes(column.id),
}))
