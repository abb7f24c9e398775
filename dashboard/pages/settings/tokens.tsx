import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import type { TokenJson, TokenListJson } from '../../../src/api/schema/token.ts'
import { api } from '../../lib/api.ts'
import { useNow } from '../../lib/now.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { ConfirmDialog } from '../../parts/dialog.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { showToast } from '../../parts/toast.tsx'
import { CreateToken } from './create-token.tsx'
import { SETTINGS_WORDS } from './words.ts'

const WORDS = SETTINGS_WORDS.tokens
const KEY = ['tokens']
const SOON_MS = 7 * 86_400_000

export function Tokens() {
  const client = useQueryClient()
  const [isAdding, setAdding] = useState(false)
  const [leaving, setLeaving] = useState<TokenJson | null>(null)
  const tokens = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api<TokenListJson>('/tokens', { signal }),
  })
  const refresh = () => client.invalidateQueries({ queryKey: KEY })
  const revoke = useMutation({
    mutationFn: ({ id }: TokenJson) => api(`/tokens/${id}`, { method: 'DELETE' }),
    async onSuccess(_, { name }) {
      setLeaving(null)
      showToast(WORDS.revoked(name))
      await refresh()
    },
  })
  const items = tokens.data?.items ?? []
  const columns: readonly Column<TokenJson>[] = [
    { id: 'name', label: WORDS.name, isHeader: true, className: 'font-medium', render: ({ name }) => name },
    {
      id: 'scopes',
      label: WORDS.scopes,
      render: ({ scopes }) => (
        <span className="flex max-w-72 flex-wrap gap-1">
          {scopes.map((scope) => (
            <Badge key={scope}>{scope}</Badge>
          ))}
        </span>
      ),
    },
    {
      id: 'used',
      label: WORDS.used,
      className: 'whitespace-nowrap',
      render: ({ last_used_at }) => (last_used_at === null ? WORDS.unused : <Ago time={last_used_at} />),
    },
    {
      id: 'expires',
      label: WORDS.expiry,
      className: 'whitespace-nowrap',
      render: ({ expires_at }) => <Expiry at={expires_at} />,
    },
    {
      id: 'revoke',
      label: '',
      isNumber: true,
      render: (token) => (
        <Button size="sm" aria-label={`${WORDS.revoke} ${token.name}`} onClick={() => setLeaving(token)}>
          {WORDS.revoke}
        </Button>
      ),
    },
  ]
  return (
    <Card
      title={WORDS.list}
      description={WORDS.text}
      isFlush
      actions={
        <Button icon={KeyRound} size="sm" onClick={() => setAdding(true)}>
          {WORDS.add}
        </Button>
      }
    >
      <ListStates
        query={tokens}
        count={items.length}
        empty={<Empty icon={KeyRound} title={WORDS.emptyTitle} text={WORDS.emptyText} cli={WORDS.emptyCli} />}
      >
        <Table label={WORDS.list} columns={columns} items={items} keyOf={({ id }) => id} />
      </ListStates>
      {isAdding && <CreateToken onClose={() => setAdding(false)} onCreated={refresh} />}
      {leaving !== null && (
        <ConfirmDialog
          isOpen
          title={WORDS.revokeTitle(leaving.name)}
          consequence={WORDS.revokeText}
          confirm={WORDS.revoke}
          onClose={() => setLeaving(null)}
          onConfirm={() => revoke.mutate(leaving)}
          isBusy={revoke.isPending}
          error={revoke.error}
        />
      )}
    </Card>
  )
}

function Expiry({ at }: { readonly at: string | null }) {
  const now = useNow()
  if (at === null) return <span className="text-warn">{WORDS.noExpiry}</span>
  const isSoon = Date.parse(at) - now < SOON_MS
  return (
    <span className={isSoon ? 'font-medium text-warn' : undefined}>
      <Ago time={at} />
    </span>
  )
}
