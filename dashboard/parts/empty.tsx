import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { WORDS } from '../lib/words.ts'
import { CodeBlock } from './code-block.tsx'

/** Nothing here yet: what belongs here, what to do, and how on the command line. */
export function Empty({
  icon: Icon,
  title,
  text,
  action,
  cli,
}: {
  readonly icon?: LucideIcon
  readonly title: string
  readonly text?: ReactNode
  readonly action?: ReactNode
  readonly cli?: string
}) {
  return (
    <div className="mx-auto flex max-w-lg flex-col items-center gap-3 px-4 py-12 text-center">
      {Icon !== undefined && (
        <span className="rounded-lg bg-accent-soft p-2.5 text-accent">
          <Icon aria-hidden className="size-5" />
        </span>
      )}
      <div>
        <p className="text-lg font-semibold">{title}</p>
        {text !== undefined && <p className="mt-1 text-muted">{text}</p>}
      </div>
      {action !== undefined && <div className="flex flex-wrap justify-center gap-2">{action}</div>}
      {cli !== undefined && (
        <div className="w-full text-left">
          <p className="mb-1 text-xs text-muted">{WORDS.onCommandLine}</p>
          <CodeBlock code={cli} />
        </div>
      )}
    </div>
  )
}
