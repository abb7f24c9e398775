import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { useState, type ReactNode } from 'react'
import { cn } from '../lib/cn.ts'
import { WORDS } from '../lib/words.ts'
import { Button } from './button.tsx'
import { TextField } from './field.tsx'
import { Problem } from './problem.tsx'

export function Dialog({
  isOpen,
  onClose,
  title,
  description,
  children,
  size = 'md',
}: {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly title: string
  readonly description?: ReactNode
  readonly children: ReactNode
  readonly size?: 'md' | 'lg'
}) {
  return (
    <Radix.Root open={isOpen} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-shade" />
        <Radix.Content
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          onOpenAutoFocus={(event) => {
            // Not the button that closes: its tooltip would come up and take the first Escape for itself.
            event.preventDefault()
            const content = event.currentTarget as HTMLElement
            const field = content.querySelector<HTMLElement>('input, textarea, select')
            ;(field ?? content).focus()
          }}
          className={cn(
            'fixed top-[max(1rem,10vh)] left-1/2 z-50 max-h-[80vh] w-[calc(100vw-2rem)] -translate-x-1/2 overflow-y-auto rounded-lg border border-line bg-raised p-5 shadow-float outline-none',
            size === 'md' ? 'max-w-md' : 'max-w-2xl',
          )}
        >
          <div className="mb-3 flex items-start justify-between gap-4">
            <div className="min-w-0">
              <Radix.Title className="text-lg font-semibold break-words">{title}</Radix.Title>
              {description !== undefined && (
                <Radix.Description className="mt-1 text-sm text-muted">{description}</Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <Button variant="ghost" size="sm" icon={X} aria-label={WORDS.close} />
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** Before something that cannot be taken back: names the thing and what follows. */
export function ConfirmDialog({
  isOpen,
  onClose,
  title,
  consequence,
  confirm,
  typed,
  onConfirm,
  isBusy = false,
  error = null,
}: {
  readonly isOpen: boolean
  readonly onClose: () => void
  /** "Delete weather?" */
  readonly title: string
  readonly consequence: ReactNode
  /** The verb on the button: "Delete". */
  readonly confirm: string
  /** What has to be typed first; for what takes data with it. */
  readonly typed?: string
  readonly onConfirm: () => void
  readonly isBusy?: boolean
  readonly error?: unknown
}) {
  const [text, setText] = useState('')
  const isReady = typed === undefined || text === typed
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={title} description={consequence}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady && !isBusy) onConfirm()
        }}
      >
        {typed !== undefined && (
          <TextField
            label={`Type ${typed} to confirm`}
            value={text}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
          />
        )}
        {error !== null && error !== undefined && <Problem error={error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{WORDS.cancel}</Button>
          <Button type="submit" variant="danger" disabled={!isReady} isBusy={isBusy}>
            {confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
