import type { ReactNode } from 'react'
import { CodeBlock } from '../../parts/code-block.tsx'
import { VisibleText } from '../../parts/content/visible-text.tsx'
import { RESOURCES_WORDS } from './words.ts'

/** What a server says of one thing that it offers: a stranger's words. */
export function Head({
  name,
  description,
  code,
  children,
}: {
  readonly name: string
  readonly description: string
  /** Its address. */
  readonly code?: string
  readonly children?: ReactNode
}) {
  return (
    <div className="min-w-0">
      <h2 className="text-lg font-semibold break-words">
        <VisibleText text={name} />
      </h2>
      <p className="mt-1 max-h-60 overflow-y-auto text-sm break-words whitespace-pre-wrap text-muted">
        {description === '' ? RESOURCES_WORDS.noDescription : <VisibleText text={description} />}
      </p>
      {code !== undefined && (
        <div className="mt-2">
          <CodeBlock code={code} what={RESOURCES_WORDS.copyAddress} isWrapped />
        </div>
      )}
      {children !== undefined && children !== '' && <p className="mt-1 text-xs text-muted">{children}</p>}
    </div>
  )
}
