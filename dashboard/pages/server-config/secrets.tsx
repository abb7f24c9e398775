import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { SecretJson, SecretListJson } from '../../../src/api/schema/secret.ts'
import { api } from '../../lib/api.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { VisibleText } from '../../parts/content/visible-text.tsx'
import { ConfirmDialog } from '../../parts/dialog.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { showToast } from '../../parts/toast.tsx'
import { SecretDialog } from './secret-dialog.tsx'
import { SECRET_WORDS as WORDS } from './words.ts'

/** Everything of a secret but its value. */
export function Secrets({ server }: { readonly server: string }) {
  const client = useQueryClient()
  const [asked, setAsked] = useState<Pick<SecretJson, 'name' | 'as'> | null>(null)
  const [leaving, setLeaving] = useState<string | null>(null)
  const path = `/servers/${encodeURIComponent(server)}/secrets`
  const secrets = useQuery({
    queryKey: ['server', server, 'secrets'],
    queryFn: ({ signal }) => api<SecretListJson>(path, { signal }),
  })
  const remove = useMutation({
    mutationFn: (name: string) => api(`${path}/${encodeURIComponent(name)}`, { method: 'DELETE' }),
    async onSuccess(_, name) {
      showToast(WORDS.removed(name))
      setLeaving(null)
      await client.invalidateQueries({ queryKey: ['server', server] })
    },
  })
  const items = secrets.data?.items ?? []
  const columns: readonly Column<SecretJson>[] = [
    {
      id: 'name',
      label: WORDS.name,
      isHeader: true,
      render: ({ name, description }) => (
        <span className="block min-w-32">
          <code className="break-all">{name}</code>
          {description !== '' && (
            <span className="block text-xs text-muted">
              <VisibleText text={description} />
            </span>
          )}
        </span>
      ),
    },
    { id: 'as', label: WORDS.as, render: ({ as }) => WORDS.deliveries[as] },
    { id: 'use', label: WORDS.use, render: (secret) => <Use secret={secret} /> },
    { id: 'version', label: WORDS.version, isNumber: true, render: ({ version }) => version ?? '–' },
    {
      id: 'fingerprint',
      label: WORDS.fingerprint,
      render: ({ fingerprint }) => (
        <code className="text-xs" title={WORDS.fingerprintHint}>
          {fingerprint ?? '–'}
        </code>
      ),
    },
    {
      id: 'when',
      label: WORDS.when,
      className: 'whitespace-nowrap',
      render: ({ created_at, created_by }) => (
        <span title={created_by ?? undefined}>
          <Ago time={created_at} />
        </span>
      ),
    },
    {
      id: 'actions',
      label: WORDS.actions,
      className: 'w-px',
      render: ({ name, as, set }) => (
        <span className="flex justify-end gap-1.5">
          <Button
            size="sm"
            needs="secrets:write"
            aria-label={set ? WORDS.replaceHint(name) : WORDS.setHint(name)}
            onClick={() => setAsked({ name, as })}
          >
            {set ? WORDS.replace : WORDS.set}
          </Button>
          {set && (
            <Button
              size="sm"
              variant="ghost"
              icon={Trash2}
              needs="secrets:write"
              aria-label={WORDS.remove(name)}
              onClick={() => setLeaving(name)}
            />
          )}
        </span>
      ),
    },
  ]
  const add = (
    <Button
      size="sm"
      icon={Plus}
      needs="secrets:write"
      onClick={() => setAsked({ name: '', as: 'environment' })}
    >
      {WORDS.add}
    </Button>
  )
  return (
    <Card title={WORDS.title} description={WORDS.text} isFlush actions={items.length > 0 ? add : undefined}>
      <ListStates
        query={secrets}
        count={items.length}
        empty={
          <Empty
            icon={KeyRound}
            title={WORDS.emptyTitle}
            text={WORDS.emptyText}
            action={add}
            cli={`haivemind secret set ${server} NAME`}
          />
        }
      >
        <Table label={WORDS.title} columns={columns} items={items} keyOf={({ name }) => name} />
      </ListStates>
      {asked !== null && <SecretDialog server={server} secret={asked} onClose={() => setAsked(null)} />}
      {leaving !== null && (
        <ConfirmDialog
          isOpen
          title={WORDS.removeTitle(leaving)}
          consequence={WORDS.removeText}
          confirm={WORDS.removeVerb}
          onClose={() => setLeaving(null)}
          onConfirm={() => remove.mutate(leaving)}
          isBusy={remove.isPending}
          error={remove.error}
        />
      )}
    </Card>
  )
}

function Use({ secret: { set, required, in_use: isInUse } }: { readonly secret: SecretJson }) {
  if (!set) {
    return required ? <Badge tone="bad">{WORDS.missing}</Badge> : <Badge>{WORDS.unset}</Badge>
  }
  return isInUse ? <Badge tone="good">{WORDS.inUse}</Badge> : <Badge tone="warn">{WORDS.pending}</Badge>
}
