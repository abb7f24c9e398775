import { Check, Globe } from 'lucide-react'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { formatBytes, formatNumber } from '../../lib/format.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { VisibleText } from '../../parts/content/visible-text.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { NETWORK } from './fields.ts'
import { SettingGrid, type Editing } from './settings-form.tsx'
import { CONFIG_WORDS as WORDS } from './words.ts'

type Observed = ServerJson['egress'][number]
/** Stands for the places beyond the number that is kept apart. */
const REST = '*'

/** What it may reach, beside what it reaches. */
export function Network({ editing }: { readonly editing: Editing }) {
  const { base, edits, onEdit, server } = editing
  const places = (edits['egress'] ?? base['egress'] ?? []) as readonly string[]
  const isListed = ({ host, port }: Observed) =>
    places.some((place) => place === host || place === `${host}:${port}`)
  const columns: readonly Column<Observed>[] = [
    {
      id: 'host',
      label: WORDS.host,
      isHeader: true,
      className: 'break-all',
      render: ({ host }) => <VisibleText text={host} />,
    },
    { id: 'port', label: WORDS.port, isNumber: true, render: ({ port }) => port },
    {
      id: 'connections',
      label: WORDS.connections,
      isNumber: true,
      render: ({ connections }) => formatNumber(connections),
    },
    {
      id: 'refused',
      label: WORDS.refused,
      isNumber: true,
      render: ({ refused }) => (
        <span className={refused > 0 ? 'font-medium text-bad' : 'text-muted'}>{formatNumber(refused)}</span>
      ),
    },
    { id: 'sent', label: WORDS.sent, isNumber: true, render: ({ bytes_sent }) => formatBytes(bytes_sent) },
    {
      id: 'received',
      label: WORDS.received,
      isNumber: true,
      render: ({ bytes_received }) => formatBytes(bytes_received),
    },
    {
      id: 'reason',
      label: WORDS.reason,
      className: 'min-w-40 text-muted',
      render: ({ last_reason }) => last_reason ?? '–',
    },
    {
      id: 'last',
      label: WORDS.last,
      className: 'whitespace-nowrap',
      render: ({ last_at }) => <Ago time={last_at} />,
    },
    {
      id: 'actions',
      label: WORDS.actions,
      render: (observed) =>
        observed.host !== REST &&
        !isListed(observed) && (
          <Button
            size="sm"
            icon={Check}
            needs="servers:deploy"
            aria-label={WORDS.allowHint(`${observed.host}:${observed.port}`)}
            onClick={() => {
              onEdit('egress', [...places, `${observed.host}:${observed.port}`])
              onEdit('allowed_network', true)
            }}
          >
            {WORDS.allow}
          </Button>
        ),
    },
  ]
  return (
    <div className="flex flex-col gap-4">
      <Card title={WORDS.network} description={WORDS.networkText}>
        <SettingGrid fields={NETWORK} editing={editing} />
        {server.instance !== null && (
          <p className="mt-3 text-sm break-words text-muted">
            {server.instance.egress.length === 0
              ? WORDS.networkNothing
              : WORDS.networkNow(server.instance.egress.join(', '))}
          </p>
        )}
      </Card>
      <Card title={WORDS.observed} description={WORDS.observedText} isFlush>
        {server.egress.length === 0 ? (
          <Empty
            icon={Globe}
            title={WORDS.observedEmptyTitle}
            text={WORDS.observedEmptyText}
            cli={`haivemind status ${server.name}`}
          />
        ) : (
          <Table
            label={WORDS.observed}
            columns={columns}
            items={server.egress}
            keyOf={({ host, port }) => `${host}:${port}`}
          />
        )}
      </Card>
    </div>
  )
}
