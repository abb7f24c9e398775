import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { toApiError } from '../lib/api.ts'
import { WORDS } from '../lib/words.ts'
import { Button } from './button.tsx'

/** A failure where it happened: cause, what helps, retry, and the number that finds it in the log. */
export function Problem({
  error,
  onRetry,
  action,
}: {
  readonly error: unknown
  readonly onRetry?: () => void
  readonly action?: ReactNode
}) {
  const { message, hint, requestId, fields } = toApiError(error)
  return (
    <div
      role="alert"
      className="flex flex-wrap items-start gap-3 rounded-md border border-bad/40 bg-bad-soft px-3 py-2.5"
    >
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="min-w-0 flex-1 basis-56">
        <p className="font-medium break-words text-bad">{message}</p>
        {fields.length > 1 && (
          <ul className="mt-1 list-disc pl-4 text-sm">
            {fields.map(({ path, message: text }) => (
              <li key={path}>
                <code>{path}</code> {text}
              </li>
            ))}
          </ul>
        )}
        {hint !== null && <p className="mt-0.5 text-sm break-words">{hint}</p>}
        {requestId !== null && requestId !== '' && (
          <p className="mt-1 text-xs text-muted">
            {WORDS.requestId} <code>{requestId}</code>
          </p>
        )}
      </div>
      {(onRetry !== undefined || action !== undefined) && (
        <div className="flex gap-2">
          {action}
          {onRetry !== undefined && (
            <Button size="sm" onClick={onRetry}>
              {WORDS.retry}
            </Button>
          )}
        </div>
      )}
    </div>
  )
}
