import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { FindingJson } from '../../../src/api/schema/finding.ts'
import { api } from '../../lib/api.ts'
import { SelectField } from '../../parts/field.tsx'
import { showToast } from '../../parts/toast.tsx'
import { ReasonDialog } from './reason-dialog.tsx'
import { SERVER_SECURITY_WORDS as WORDS } from './words.ts'

export function SuppressDialog({
  finding,
  onClose,
}: {
  readonly finding: FindingJson
  readonly onClose: () => void
}) {
  const client = useQueryClient()
  const [days, setDays] = useState('90')
  const suppress = useMutation({
    mutationFn: (reason: string) =>
      api('/suppressions', { json: { fingerprint: finding.fingerprint, reason, days: Number(days) } }),
    async onSuccess() {
      showToast(WORDS.suppressed)
      onClose()
      await client.invalidateQueries({ queryKey: ['server'] })
    },
  })
  return (
    <ReasonDialog
      title={WORDS.suppressTitle}
      text={WORDS.suppressText}
      confirm={WORDS.suppress}
      onClose={onClose}
      onConfirm={(reason) => suppress.mutate(reason)}
      isBusy={suppress.isPending}
      error={suppress.error}
    >
      <SelectField
        label={WORDS.days}
        value={days}
        onChange={(event) => setDays(event.target.value)}
        options={Object.entries(WORDS.dayChoices).map(([value, label]) => ({ value, label }))}
      />
    </ReasonDialog>
  )
}
