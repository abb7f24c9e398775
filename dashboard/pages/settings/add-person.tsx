import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { UserJson } from '../../../src/api/schema/people.ts'
import { ROLES, type Role } from '../../../src/domain/role.ts'
import { api } from '../../lib/api.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'
import { Problem } from '../../parts/problem.tsx'
import { showToast } from '../../parts/toast.tsx'
import { SETTINGS_WORDS } from './words.ts'

const WORDS = SETTINGS_WORDS.people

export function AddPerson({
  onClose,
  onAdded,
}: {
  readonly onClose: () => void
  readonly onAdded: () => Promise<void>
}) {
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('operator')
  const [password, setPassword] = useState('')
  const add = useMutation({
    mutationFn: () => api<UserJson>('/users', { json: { name, role, password } }),
    async onSuccess() {
      await onAdded()
      showToast(WORDS.added(name))
      onClose()
    },
  })
  return (
    <Dialog isOpen onClose={onClose} title={WORDS.add}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!add.isPending) add.mutate()
        }}
      >
        <TextField
          label={WORDS.name}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField
          label={WORDS.role}
          value={role}
          onChange={(event) => setRole(event.target.value as Role)}
          options={ROLES.map((value) => ({ value, label: WORDS.roles[value] }))}
        />
        <TextField
          label={WORDS.password}
          description={WORDS.passwordHint}
          type="password"
          autoComplete="new-password"
          required
          minLength={8}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {add.error !== null && <Problem error={add.error} />}
        <Button type="submit" variant="primary" isBusy={add.isPending}>
          {WORDS.save}
        </Button>
      </form>
    </Dialog>
  )
}
