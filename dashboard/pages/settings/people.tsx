import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { UserPlus, Users } from 'lucide-react'
import { useState } from 'react'
import type { UserJson } from '../../../src/api/schema/people.ts'
import { ROLES, type Role } from '../../../src/domain/role.ts'
import { usersQuery } from '../../lib/actor.ts'
import { api } from '../../lib/api.ts'
import { useMe } from '../../lib/me.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { ConfirmDialog } from '../../parts/dialog.tsx'
import { Empty } from '../../parts/empty.tsx'
import { SelectField } from '../../parts/field.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Problem } from '../../parts/problem.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { showToast } from '../../parts/toast.tsx'
import { AddPerson } from './add-person.tsx'
import { SETTINGS_WORDS } from './words.ts'

const WORDS = SETTINGS_WORDS.people
const KEY = usersQuery.queryKey

export function People() {
  const me = useMe()
  const client = useQueryClient()
  const [isAdding, setAdding] = useState(false)
  const [leaving, setLeaving] = useState<string | null>(null)
  const users = useQuery(usersQuery)
  const refresh = () => client.invalidateQueries({ queryKey: KEY })
  const setRole = useMutation({
    mutationFn: ({ name, role }: { readonly name: string; readonly role: Role }) =>
      api<UserJson>(`/users/${encodeURIComponent(name)}`, { method: 'PATCH', json: { role } }),
    async onSuccess({ name, role }) {
      showToast(WORDS.changed(name, role))
      await refresh()
    },
  })
  const remove = useMutation({
    mutationFn: (name: string) => api(`/users/${encodeURIComponent(name)}`, { method: 'DELETE' }),
    async onSuccess(_, name) {
      setLeaving(null)
      showToast(WORDS.removed(name))
      await refresh()
    },
  })
  const items = users.data?.items ?? []
  const columns: readonly Column<UserJson>[] = [
    {
      id: 'name',
      label: WORDS.name,
      isHeader: true,
      render: ({ name, has_password }) => (
        <>
          <span className="font-medium">{name}</span>
          {!has_password && <span className="block text-xs text-muted">{WORDS.external}</span>}
        </>
      ),
    },
    {
      id: 'role',
      label: WORDS.role,
      render: ({ name, role }) => (
        <div className="w-32">
          <SelectField
            label={`${WORDS.role} of ${name}`}
            isLabelHidden
            value={role}
            disabled={name === me?.name || setRole.isPending}
            onChange={(event) => setRole.mutate({ name, role: event.target.value as Role })}
            options={ROLES.map((value) => ({ value, label: value }))}
          />
        </div>
      ),
    },
    {
      id: 'login',
      label: WORDS.lastLogin,
      className: 'whitespace-nowrap',
      render: ({ last_login_at }) => (last_login_at === null ? WORDS.never : <Ago time={last_login_at} />),
    },
    {
      id: 'created',
      label: WORDS.created,
      className: 'whitespace-nowrap',
      render: ({ created_at }) => <Ago time={created_at} />,
    },
    {
      id: 'remove',
      label: '',
      isNumber: true,
      render: ({ name }) =>
        name === me?.name ? null : (
          <Button size="sm" aria-label={`${WORDS.remove} ${name}`} onClick={() => setLeaving(name)}>
            {WORDS.remove}
          </Button>
        ),
    },
  ]
  return (
    <Card
      title={WORDS.list}
      isFlush
      actions={
        <Button icon={UserPlus} size="sm" onClick={() => setAdding(true)}>
          {WORDS.add}
        </Button>
      }
    >
      {setRole.error !== null && (
        <div className="p-3">
          <Problem error={setRole.error} />
        </div>
      )}
      <ListStates
        query={users}
        count={items.length}
        empty={<Empty icon={Users} title={WORDS.emptyTitle} cli={WORDS.emptyCli} />}
      >
        <Table label={WORDS.list} columns={columns} items={items} keyOf={({ id }) => id} />
      </ListStates>
      {isAdding && <AddPerson onClose={() => setAdding(false)} onAdded={refresh} />}
      {leaving !== null && (
        <ConfirmDialog
          isOpen
          title={WORDS.removeTitle(leaving)}
          consequence={WORDS.removeText}
          confirm={WORDS.remove}
          onClose={() => setLeaving(null)}
          onConfirm={() => remove.mutate(leaving)}
          isBusy={remove.isPending}
          error={remove.error}
        />
      )}
    </Card>
  )
}
