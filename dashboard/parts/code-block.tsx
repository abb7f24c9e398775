import { cn } from '../lib/cn.ts'
import { CopyButton } from './copy-button.tsx'

/** Text to copy: a command, a snippet, a document. Always inert. */
export function CodeBlock({
  code,
  what = 'command',
  isWrapped = false,
}: {
  readonly code: string
  readonly what?: string
  readonly isWrapped?: boolean
}) {
  return (
    <div className="flex min-w-0 items-start gap-1 rounded-md border border-line bg-sunken py-0.5 pr-0.5 pl-3">
      <pre
        tabIndex={0}
        role="region"
        aria-label={what}
        className={cn(
          'min-w-0 flex-1 overflow-x-auto py-1 text-sm leading-5',
          isWrapped && 'break-words whitespace-pre-wrap',
        )}
      >
        <code>{code}</code>
      </pre>
      <CopyButton text={code} what={what} />
    </div>
  )
}
