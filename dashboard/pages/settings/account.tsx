import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../lib/api.ts'
import { useMe } from '../../lib/me.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { TextField } from '../../parts/field.tsx'
import { Problem } from '../../parts/problem.tsx'
import { showToast } from '../../parts/toast.tsx'
import { SETTINGS_WORDS } from './words.ts'

const WORDS = SETTINGS_WORDS.account

export function Account() {
  const me = useMe()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const change = useMutation({
    mutationFn: () => api('/me', { method: 'PATCH', json: { current_password: current, password: next } }),
    onSuccess() {
      setCurrent('')
      setNext('')
      showToast(WORDS.saved)
    },
  })
  return (
    <Card
      title={me?.name ?? WORDS.label}
      description={WORDS.text}
      actions={me?.role !== null && me !== null ? <Badge tone="accent">{me.role}</Badge> : undefined}
    >
      <form
        className="flex max-w-sm flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!change.isPending) change.mutate()
        }}
      >
        <input type="hidden" autoComplete="username" value={me?.name ?? ''} readOnly />
        <TextField
          label={WORDS.current}
          type="password"
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <TextField
          label={WORDS.next}
          description={WORDS.nextHint}
          type="password"
          autoComplete="new-password"
          required
          minLength={8}
          value={next}
          onChange={(event) => setNext(event.target.value)}
        />
        {change.error !== null && <Problem error={change.error} />}
        <Button type="submit" variant="primary" isBusy={change.isPending}>
          {WORDS.save}
        </Button>
      </form>
    </Card>
  )
}
