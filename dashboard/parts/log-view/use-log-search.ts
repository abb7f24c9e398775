import { useQuery } from '@tanstack/react-query'
import { useMemo, useState, useSyncExternalStore } from 'react'
import { findMatches } from '../../lib/log/highlight.ts'
import { MAX_LINES } from '../../lib/log/log-list.ts'
import type { LogModel } from '../../lib/log/log-model.ts'
import { openLogSource } from '../../lib/log/log-source.ts'

export type LogSearch = {
  /** Rows that match, in order. */
  readonly hits: readonly number[]
  /** Which of them is looked at, from 1 on; 0: none. */
  readonly at: number
  readonly isMore: boolean
  readonly isBusy: boolean
  readonly error: unknown
  /** The row to look at next. */
  step(by: 1 | -1): number | null
}

/**
 * Where a text stands: of a whole log the platform is asked, of a list the page looks itself.
 * @param whole the server whose whole log it is, or null
 */
export function useLogSearch(model: LogModel, whole: string | null, needle: string): LogSearch {
  const { version, count, arrived } = useSyncExternalStore(model.subscribe, model.snapshot)
  const [current, setCurrent] = useState<number | null>(null)
  const asked = useQuery({
    queryKey: ['log-search', whole, needle],
    enabled: whole !== null && needle !== '',
    staleTime: 2000,
    queryFn: async ({ signal }) => {
      const lines = await openLogSource(whole!).read({ grep: needle, tail: MAX_LINES }, signal)
      return lines.map(({ cursor }) => cursor)
    },
  })
  const found = asked.data
  // A list changes in its middle too; of a whole log only what came since it was asked.
  const change = whole === null ? version : arrived
  const hits = useMemo(() => {
    if (needle === '') return []
    const isHit = (index: number) => findMatches(model.at(index)?.text ?? '', needle).length > 0
    if (whole === null) return range(0, count).filter(isHit)
    const known = (found ?? []).flatMap((cursor) => model.indexOf(whole, cursor) ?? [])
    const after = (known.at(-1) ?? -1) + 1
    return [...known, ...range(Math.max(after, count - arrived), count).filter(isHit)]
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `change` stands for what the model holds
  }, [model, whole, needle, found, change, count])

  const at = current === null ? 0 : hits.indexOf(current) + 1
  return {
    hits,
    at,
    isMore: found?.length === MAX_LINES,
    isBusy: asked.isFetching,
    error: asked.error,
    step(by) {
      if (hits.length === 0) return null
      const from = at === 0 ? (by === 1 ? 0 : hits.length - 1) : (at - 1 + by + hits.length) % hits.length
      const index = at === 0 && by === 1 ? hits.length - 1 : from
      setCurrent(hits[index]!)
      return hits[index]!
    },
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index)
}
