import { useEffect, type ReactNode } from 'react'
import { cn } from '../lib/cn.ts'
import { WORDS } from '../lib/words.ts'

/** The frame of each page: title of the tab, heading, actions. `isWide`: as wide as there is room. */
export function Page({
  title,
  description,
  actions,
  children,
  isWide = false,
}: {
  readonly title: string
  readonly description?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
  readonly isWide?: boolean
}) {
  useTitle(title)
  return (
    <div className={cn('mx-auto w-full px-4 py-5 sm:px-6', !isWide && 'max-w-6xl')}>
      <div className="mb-4 flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          {description !== undefined && <div className="mt-0.5 text-sm text-muted">{description}</div>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  )
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${WORDS.product}`
  }, [title])
}
