import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState, useSyncExternalStore } from 'react'
import { isLiteralHit, type Wanted } from '../../lib/log/highlight.ts'
import type { LogModel, Place } from '../../lib/log/log-model.ts'
import { openLogSource } from '../../lib/log/log-source.ts'

export type LogSearch = {
  /** Which of `count` is looked at, from 1 on, the oldest first; 0: none. */
  readonly at: number
  readonly count: number
  /** There are more than were counted so far. */
  readonly isMore: boolean
  readonly isBusy: boolean
  readonly error: unknown
  /** The row that is looked at. */
  readonly row: number | null
  /** The row to look at next; what is not loaded yet is looked for. */
  step(by: 1 | -1): Promise<number | null>
  readonly stop: () => void
}

/** Of a list so many steps into the past, for one that matches. */
const MAX_STEPS = 40
const STEP_MS = 50
/** Patterns are judged by the platform alone, so what came meanwhile is asked for now and then. */
const AGAIN_MS = 5_000

/**
 * Where something stands: of a whole log the platform is asked, the newest first and more as they are stepped to; of a
 * list the page looks itself, and goes on into its past.
 * @param whole the server whose whole log it is, or null
 */
export function useLogSearch(model: LogModel, whole: string | null, wanted: Wanted): LogSearch {
  const { version, count, arrived, isCut } = useSyncExternalStore(model.subscribe, model.snapshot)
  const [current, setCurrent] = useState<Place | null>(null)
  const [isLooking, setLooking] = useState(false)
  const client = useQueryClient()
  const { text, mode, isCaseSensitive } = wanted
  const key = ['log-search', whole, text, mode, isCaseSensitive]
  const isAsked = whole !== null && text !== ''
  const pages = useInfiniteQuery({
    queryKey: key,
    enabled: isAsked,
    retry: false,
    staleTime: 2_000,
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }) => openLogSource(whole!).search(wanted, pageParam, signal),
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state }) =>
      mode !== 'literal' && state.data?.pages.length === 1 && state.error === null ? AGAIN_MS : false,
  })
  const counted = useQuery({
    queryKey: [...key, 'count'],
    enabled: isAsked && pages.hasNextPage,
    retry: false,
    staleTime: 10_000,
    queryFn: ({ signal }) => openLogSource(whole!).count(wanted, signal),
  })
  const found = pages.data
  // A list changes in its middle too; of a whole log only what came since it was asked.
  const change = whole === null ? version : arrived
  const { hits, later } = useMemo(() => {
    const isHit = (index: number) => isLiteralHit(model.at(index)?.text ?? '', wanted)
    const canJudge = text !== '' && mode === 'literal'
    if (whole === null) return { hits: canJudge ? range(0, count).filter(isHit) : [], later: 0 }
    const cursors = (found?.pages ?? []).flatMap((page) => page.cursors).toReversed()
    const known = cursors.flatMap((cursor) => model.indexOf(whole, cursor) ?? [])
    const from = Math.max((known.at(-1) ?? -1) + 1, count - arrived)
    const fresh = canJudge ? range(from, count).filter(isHit) : []
    return { hits: [...known, ...fresh], later: fresh.length }
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `change` stands for what the model holds
  }, [model, whole, text, mode, isCaseSensitive, found, change, count])

  const row = current === null ? null : model.indexOf(current.server, current.cursor)
  const place = row === null ? -1 : hits.indexOf(row)
  const total = Math.max(hits.length, (counted.data ?? 0) + later)
  const goTo = (index: number | undefined) => {
    if (index === undefined) return null
    setCurrent(model.placeOf(index))
    return index
  }
  const goOlder = async (): Promise<number | null> => {
    if (whole !== null) {
      const { data } = await pages.fetchNextPage()
      const [cursor] = data?.pages.at(-1)?.cursors ?? []
      if (cursor === undefined) return null
      setCurrent({ server: whole, cursor })
      return model.indexOf(whole, cursor)
    }
    setLooking(true)
    try {
      const index = await lookBack(model, wanted)
      return index === null ? null : goTo(index)
    } finally {
      setLooking(false)
    }
  }
  const canGoOlder = whole === null ? isCut && mode === 'literal' && text !== '' : pages.hasNextPage
  return {
    at: place === -1 ? 0 : total - (hits.length - 1 - place),
    count: total,
    isMore: whole === null ? isCut : pages.hasNextPage && counted.data === undefined,
    isBusy: pages.isFetching || counted.isFetching || isLooking,
    error: pages.error ?? counted.error,
    row,
    async step(by) {
      if (by === -1 && place === 0 && canGoOlder) return goOlder()
      if (hits.length === 0) return canGoOlder ? goOlder() : null
      // The newest first: it is what most look for.
      if (place === -1) return goTo(hits.at(-1))
      return goTo(hits[(place + by + hits.length) % hits.length])
    },
    stop: () => void client.cancelQueries({ queryKey: key }),
  }
}

/** Loads the past of a list until something in it matches; the row of the newest that does. */
async function lookBack(model: LogModel, wanted: Wanted): Promise<number | null> {
  for (let step = 0; step < MAX_STEPS && model.snapshot().isCut; step += 1) {
    const { prepended, version } = model.snapshot()
    model.loadEarlier?.()
    for (let turn = 0; turn < 100 && model.snapshot().version === version; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, STEP_MS))
    }
    const added = model.snapshot().prepended - prepended
    for (let index = added - 1; index >= 0; index -= 1) {
      if (isLiteralHit(model.at(index)?.text ?? '', wanted)) return index
    }
  }
  return null
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index)
}
