import { Children, type ReactNode } from 'react'
import { cn } from '../lib/cn.ts'

/** A titled part of a page. `isFlush`: its content brings its own edges, as tables do. */
export function Card({
  title,
  description,
  actions,
  children,
  isFlush = false,
}: {
  readonly title?: string
  readonly description?: ReactNode
  readonly actions?: ReactNode
  /** None: the card is its header. */
  readonly children?: ReactNode
  readonly isFlush?: boolean
}) {
  return (
    <section className="min-w-0 overflow-hidden rounded-lg border border-line bg-surface shadow-raised">
      {title !== undefined && (
        <header className="flex flex-wrap items-center justify-between gap-2 px-4 py-2.5 not-last:border-b">
          <div className="min-w-0">
            <h2 className="text-base font-semibold">{title}</h2>
            {description !== undefined && <p className="text-sm text-muted">{description}</p>}
          </div>
          {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
      )}
      {hasBody(children) && <div className={cn(!isFlush && 'p-4')}>{children}</div>}
    </section>
  )
}

function hasBody(children: ReactNode): boolean {
  return Children.toArray(children).length > 0
}
