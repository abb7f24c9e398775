/** The four states of every list, in one place: loading, empty, nothing left by the filter, error. */
import { FilterX } from 'lucide-react'
import type { ReactNode } from 'react'
import { WORDS } from '../lib/words.ts'
import { Button } from './button.tsx'
import { Problem } from './problem.tsx'
import { SkeletonRows } from './skeleton.tsx'

/** What of a query this needs; a result of `useQuery` fits. */
type Queried = {
  readonly isPending: boolean
  readonly error: unknown
  readonly refetch: () => unknown
}

export function ListStates({
  query,
  count,
  filter = null,
  empty,
  skeleton = <SkeletonRows />,
  children,
}: {
  readonly query: Queried
  /** How many items there are to show; with a filter, how many it leaves. */
  readonly count: number
  /** The filter in words, while there is one. */
  readonly filter?: { readonly words: string; readonly onClear: () => void } | null
  /** An `<Empty>`: what belongs here, one action, the line for the command line. */
  readonly empty: ReactNode
  /** Of the final size. */
  readonly skeleton?: ReactNode
  readonly children: ReactNode
}) {
  const retry = () => void query.refetch()
  if (query.isPending) return skeleton
  if (count === 0 && query.error !== null) {
    return (
      <div className="p-4">
        <Problem error={query.error} onRetry={retry} />
      </div>
    )
  }
  if (count === 0 && filter !== null) {
    return (
      <div className="flex flex-col items-center gap-3 px-4 py-12 text-center" role="status">
        <FilterX aria-hidden className="size-5 text-muted" />
        <p>
          Nothing matches <strong className="font-semibold break-words">{filter.words}</strong>.
        </p>
        <Button onClick={filter.onClear}>{WORDS.clearFilters}</Button>
      </div>
    )
  }
  if (count === 0) return empty
  return (
    <>
      {query.error !== null && (
        <div className="p-3">
          <Problem error={query.error} onRetry={retry} />
        </div>
      )}
      {children}
    </>
  )
}
