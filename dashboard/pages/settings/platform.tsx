import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ConfigReloadJson } from '../../../src/api/schema/config.ts'
import type { SystemJson } from '../../../src/api/schema/platform.ts'
import { api } from '../../lib/api.ts'
import { systemQuery } from '../../lib/queries.ts'
import { Badge, type Tone } from '../../parts/badge.tsx'
import { Button, buttonClass } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { ConfirmDialog } from '../../parts/dialog.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Problem } from '../../parts/problem.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { showToast } from '../../parts/toast.tsx'
import { SETTINGS_WORDS } from './words.ts'

const WORDS = SETTINGS_WORDS.platform
type Check = SystemJson['checks'][number]
const TONES: Readonly<Record<Check['status'], Tone>> = { ok: 'good', warn: 'warn', fail: 'bad' }
const ORDER = { fail: 0, warn: 1, ok: 2 } as const

const COLUMNS: readonly Column<Check>[] = [
  {
    id: 'check',
    label: WORDS.check,
    isHeader: true,
    className: 'whitespace-nowrap',
    render: ({ id, status }) => (
      <span className="flex items-center gap-2">
        <Badge tone={TONES[status]}>{status}</Badge>
        {id}
      </span>
    ),
  },
  { id: 'found', label: WORDS.found, className: 'min-w-56', render: ({ found }) => found },
  { id: 'fix', label: WORDS.fix, className: 'min-w-56 text-muted', render: ({ fix }) => fix ?? '–' },
]

export function Platform() {
  const system = useQuery(systemQuery)
  const checks = (system.data?.checks ?? []).toSorted((a, b) => ORDER[a.status] - ORDER[b.status])
  return (
    <>
      {system.data !== undefined && <Facts system={system.data} />}
      <Reload />
      <RotateKey />
      <Card title={WORDS.checks} isFlush>
        <ListStates query={system} count={checks.length} empty={null}>
          <Table
            label={WORDS.checks}
            columns={COLUMNS}
            items={checks}
            keyOf={({ area, id }) => `${area}/${id}`}
          />
        </ListStates>
      </Card>
      <Card title={WORDS.bundle}>
        <CodeBlock code="haivemind doctor --bundle haivemind-diagnostics.tar.gz" />
      </Card>
      <Card
        title={WORDS.licences}
        description={WORDS.licencesText}
        actions={
          <a
            href="/licences.json"
            target="_blank"
            rel="noreferrer"
            className={buttonClass('secondary', 'sm')}
          >
            {WORDS.licencesLink}
          </a>
        }
      />
    </>
  )
}

function Facts({ system }: { readonly system: SystemJson }) {
  const facts = [
    [WORDS.version, system.version],
    [WORDS.node, system.node],
    [WORDS.address, system.address],
    [WORDS.data, system.data_dir],
    [WORDS.started, <Ago key="started" time={system.started_at} />],
    [WORDS.generation, String(system.generation)],
    [WORDS.tier, system.tier],
    [WORDS.cgroup, system.cgroup],
  ] as const
  return (
    <Card title={WORDS.facts}>
      <dl className="grid grid-cols-1 gap-x-6 gap-y-2 text-sm sm:grid-cols-2">
        {facts.map(([label, value]) => (
          <div key={label} className="flex min-w-0 justify-between gap-4 border-b border-line pb-1">
            <dt className="text-muted">{label}</dt>
            <dd className="min-w-0 text-right break-all">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

function Reload() {
  const reload = useMutation({ mutationFn: () => api<ConfigReloadJson>('/config/reload', { json: {} }) })
  const done = reload.data
  return (
    <Card
      title={WORDS.reload}
      description={WORDS.reloadText}
      actions={
        <Button size="sm" needs="admin" onClick={() => reload.mutate()} isBusy={reload.isPending}>
          {WORDS.reload}
        </Button>
      }
    >
      {reload.error !== null && <Problem error={reload.error} />}
      {done !== undefined && (
        <div role="status" className="flex flex-col gap-1 text-sm">
          {done.applied.length + done.needs_restart.length === 0 && <p>{WORDS.nothing}</p>}
          <KeyList label={WORDS.applied} keys={done.applied} />
          <KeyList label={WORDS.needsRestart} keys={done.needs_restart} />
          {done.warnings.map((warning) => (
            <p key={warning} className="text-warn">
              {warning}
            </p>
          ))}
        </div>
      )}
    </Card>
  )
}

function KeyList({ label, keys }: { readonly label: string; readonly keys: readonly string[] }) {
  if (keys.length === 0) return null
  return (
    <p>
      {label}: <code>{keys.join(', ')}</code>
    </p>
  )
}

function RotateKey() {
  const [isAsking, setAsking] = useState(false)
  const rotate = useMutation({
    mutationFn: () => api<{ readonly secrets: number }>('/secrets/rotate-key', { json: {} }),
    onSuccess({ secrets }) {
      setAsking(false)
      showToast(WORDS.rotated(secrets))
    },
  })
  return (
    <Card
      title={WORDS.rotate}
      description={WORDS.rotateText}
      actions={
        <Button size="sm" needs="admin" onClick={() => setAsking(true)}>
          {WORDS.rotate}
        </Button>
      }
    >
      <CodeBlock code="haivemind secret rotate-key" />
      <ConfirmDialog
        isOpen={isAsking}
        title={WORDS.rotateTitle}
        consequence={WORDS.rotateText}
        confirm={WORDS.rotate}
        onClose={() => setAsking(false)}
        onConfirm={() => rotate.mutate()}
        isBusy={rotate.isPending}
        error={rotate.error}
      />
    </Card>
  )
}
