import { useState, type ReactNode } from 'react'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { TextField } from '../../parts/field.tsx'
import { Problem } from '../../parts/problem.tsx'
import { SERVER_SECURITY_WORDS as WORDS } from './words.ts'

/** Somebody takes it upon themselves, and says why. */
export function ReasonDialog({
  title,
  text,
  confirm,
  onClose,
  onConfirm,
  isBusy,
  error,
  children,
}: {
  readonly title: string
  readonly text: string
  readonly confirm: string
  readonly onClose: () => void
  readonly onConfirm: (reason: string) => void
  readonly isBusy: boolean
  readonly error: unknown
  readonly children?: ReactNode
}) {
  const [reason, setReason] = useState('')
  return (
    <Dialog isOpen onClose={onClose} title={title} description={text}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!isBusy) onConfirm(reason)
        }}
      >
        <TextField
          label={WORDS.reason}
          required
          minLength={3}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        {children}
        {error !== null && <Problem error={error} />}
        <Button type="submit" variant="primary" isBusy={isBusy}>
          {confirm}
        </Button>
      </form>
    </Dialog>
  )
}
