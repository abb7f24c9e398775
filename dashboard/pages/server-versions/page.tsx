import { useQuery } from '@tanstack/react-query'
import { GitCompareArrows, History, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { VersionJson } from '../../../src/api/schema/server.ts'
import { versionsQuery } from '../../lib/queries.ts'
import { useUrlState } from '../../lib/search.ts'
import { useServer, useServerName } from '../../lib/use-server.ts'
import { Button, ButtonLink } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { hasPage } from '../../lib/has-page.ts'
import { buildColumns } from './columns.tsx'
import { Compare } from './compare.tsx'
import { DeleteVersion } from './delete-version.tsx'
import { Rollback, RollbackOutcome } from './rollback.tsx'
import { Trial } from './trial.tsx'
import { COMPARE_WORDS, VERSION_WORDS as WORDS } from './words.ts'

export function Page() {
  const name = useServerName()
  const server = useServer()
  const versions = useQuery(versionsQuery(name))
  const [, compare] = useUrlState({ from: '', to: '' })
  const [target, setTarget] = useState<number | null>(null)
  const [leaving, setLeaving] = useState<number | null>(null)
  const [done, setDone] = useState<number | null>(null)
  const items = versions.data?.items ?? []
  const active = items.find(({ active: isActive }) => isActive)?.number ?? null

  const columns: readonly Column<VersionJson>[] = [
    ...buildColumns(name),
    {
      id: 'actions',
      label: WORDS.actions,
      className: 'w-px',
      render: ({ number, status, active: isActive }) => (
        <span className="flex justify-end gap-1.5">
          {!isActive && active !== null && (
            <Button
              size="sm"
              variant="ghost"
              icon={GitCompareArrows}
              aria-label={COMPARE_WORDS.compareHint(number)}
              onClick={() => compare(order(number, active), 'push')}
            >
              {COMPARE_WORDS.compareActive}
            </Button>
          )}
          <Button
            size="sm"
            variant="ghost"
            icon={Trash2}
            needs="servers:delete"
            aria-label={WORDS.deleteVersion(number)}
            reason={isActive ? WORDS.activeStays : status === 'previous' ? WORDS.previousStays : null}
            onClick={() => setLeaving(number)}
          />
          <Button
            size="sm"
            icon={History}
            needs="servers:deploy"
            aria-label={WORDS.rollbackTo(number)}
            reason={isActive ? WORDS.isActive : status === 'held' ? WORDS.isHeld : null}
            onClick={() => setTarget(number)}
          >
            {WORDS.rollback}
          </Button>
        </span>
      ),
    },
  ]
  return (
    <div className="flex flex-col gap-4">
      {server !== null && <Trial server={server} />}
      {done !== null && server !== null && (
        <RollbackOutcome number={done} server={server} onClose={() => setDone(null)} />
      )}
      <Card title={WORDS.title} description={WORDS.text} isFlush>
        <ListStates
          query={versions}
          count={items.length}
          empty={
            <Empty
              icon={History}
              title={WORDS.emptyTitle}
              text={WORDS.emptyText}
              action={hasPage('deploy') ? <ButtonLink to="/deploy">Deploy</ButtonLink> : undefined}
              cli={`haivemind deploy ./${name}`}
            />
          }
        >
          <Table label={WORDS.title} columns={columns} items={items} keyOf={({ id }) => id} />
        </ListStates>
      </Card>
      {items.length > 0 && <Compare name={name} versions={items} active={active} />}
      {leaving !== null && <DeleteVersion name={name} number={leaving} onClose={() => setLeaving(null)} />}
      {target !== null && (
        <Rollback
          name={name}
          number={target}
          active={active}
          isRunning={server?.desired === 'running'}
          onClose={() => setTarget(null)}
          onDone={() => {
            setTarget(null)
            setDone(target)
          }}
        />
      )}
    </div>
  )
}

/** The older one first: what the newer one changed. */
function order(one: number, other: number): { readonly from: string; readonly to: string } {
  return { from: String(Math.min(one, other)), to: String(Math.max(one, other)) }
}
