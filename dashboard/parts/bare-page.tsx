import type { ReactNode } from 'react'
import { WORDS } from '../lib/words.ts'
import { useTitle } from './page.tsx'

/** One card in the middle, for those who are not in yet. */
export function BarePage({
  title,
  description,
  children,
}: {
  readonly title: string
  readonly description?: ReactNode
  readonly children: ReactNode
}) {
  useTitle(title)
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center px-4 py-10">
      <p className="mb-6 flex items-center justify-center gap-2 text-base font-semibold">
        <img src="/icon.svg" alt="" className="size-6" />
        {WORDS.product}
      </p>
      <div className="rounded-lg border border-line bg-surface p-6 shadow-raised">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {description !== undefined && <div className="mt-1 text-sm text-muted">{description}</div>}
        <div className="mt-5">{children}</div>
      </div>
    </main>
  )
}
