/** What this page is told of while it is open: lists that change, and the one resource that is watched. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { startListening } from '../../lib/mcp/listen.ts'

export type WatchState = {
  readonly state: 'opening' | 'live' | 'refused' | 'broken'
  readonly count: number
  readonly at: string | null
}

export type Watched = {
  /** Null: it is not watched. */
  readonly of: (uri: string) => WatchState | null
  readonly set: (uri: string | null) => void
}

const START: WatchState = { state: 'opening', count: 0, at: null }

export function useWatched(server: string, isOpen: boolean): Watched {
  const client = useQueryClient()
  const [uri, setUri] = useState<string | null>(null)
  const [state, setState] = useState<WatchState>(START)
  useEffect(() => {
    if (!isOpen) return
    return startListening(server, uri === null ? [] : [uri], {
      onGranted: (uris) =>
        setState((before) => ({ ...before, state: uri === null || uris.includes(uri) ? 'live' : 'refused' })),
      onUpdated: (updated) => {
        // A server may name what lies below what it was asked for.
        if (uri === null || !updated.startsWith(uri)) return
        setState(({ count }) => ({ state: 'live', count: count + 1, at: new Date().toISOString() }))
      },
      onListChanged: () => void client.invalidateQueries({ queryKey: ['server', server, 'mcp'] }),
      onBroken: () => setState((before) => ({ ...before, state: 'broken' })),
    })
  }, [client, server, uri, isOpen])
  return useMemo(
    () => ({
      of: (one) => (one === uri ? state : null),
      set(one) {
        setState(START)
        setUri(one)
      },
    }),
    [uri, state],
  )
}
