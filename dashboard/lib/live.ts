/**
 * The one live stream of a page. Read by fetch and not by EventSource: that gives up for good at the first answer that
 * is no stream (503 while the platform starts), and a new one cannot say where it was.
 */
import { useSyncExternalStore } from 'react'
import type { EventJson } from '../../src/api/schema/event.ts'
import { readProblem } from './api.ts'
import { createEventParser } from './event-stream.ts'

export type LiveState = 'connecting' | 'live' | 'reconnecting' | 'restarting' | 'closed'
export type Live = {
  readonly state: LiveState
  /** Milliseconds since the epoch of the last sign of life. */
  readonly heardAt: number
}

type Listener = (event: EventJson) => void

const RETRY_MS = [250, 500, 1000, 2000, 5000]
/** Two heartbeats and a half: then the line is dead, whatever the browser thinks of it. */
const SILENCE_MS = 40_000

let live: Live = { state: 'closed', heardAt: 0 }
const watchers = new Set<() => void>()
const listeners = new Set<Listener>()
const resetters = new Set<() => void>()

function tell(next: Partial<Live>): void {
  const before = live
  live = { ...live, ...next }
  // A heartbeat alone draws nothing anew.
  if (before.state !== live.state) for (const watch of watchers) watch()
}

export function readLive(): Live {
  return live
}

export function useLive(): Live {
  return useSyncExternalStore((watch) => {
    watchers.add(watch)
    return () => watchers.delete(watch)
  }, readLive)
}

/** Each event as it comes; the result stops it. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** There is a gap, or somebody just connected again: what is shown has to be read anew. */
export function onReset(listener: () => void): () => void {
  resetters.add(listener)
  return () => resetters.delete(listener)
}

/** @param onSignedOut the session ended: nothing comes any more */
export function startLive(onSignedOut: () => void): () => void {
  const stopped = new AbortController()
  let lastId: string | null = null
  let failures = 0

  const receive = createEventParser(({ id, type, data }) => {
    if (id !== null) lastId = id
    if (type === 'reset') for (const reset of resetters) reset()
    else {
      const event = JSON.parse(data) as EventJson
      if (event.type === 'platform.stopping') tell({ state: 'restarting' })
      for (const listen of listeners) listen(event)
    }
  })

  const connect = async () => {
    const cut = new AbortController()
    const signal = AbortSignal.any([stopped.signal, cut.signal])
    let timer = setTimeout(() => cut.abort(), SILENCE_MS)
    try {
      const response = await fetch('/api/v1/events', {
        headers: {
          accept: 'text/event-stream',
          ...(lastId === null ? {} : { 'last-event-id': lastId }),
        },
        signal,
      })
      if (!response.ok || response.body === null) throw await readProblem(response)
      const wasGone = failures > 0
      failures = 0
      tell({ state: 'live', heardAt: Date.now() })
      if (wasGone) for (const reset of resetters) reset()
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        clearTimeout(timer)
        timer = setTimeout(() => cut.abort(), SILENCE_MS)
        tell({ heardAt: Date.now() })
        receive(chunk)
      }
    } finally {
      clearTimeout(timer)
    }
  }

  const run = async () => {
    tell({ state: 'connecting', heardAt: Date.now() })
    while (!stopped.signal.aborted) {
      const status = await connect().then(
        () => 0,
        (error: { readonly status?: number }) => error.status ?? 0,
      )
      if (stopped.signal.aborted) return
      if (status === 401) {
        tell({ state: 'closed' })
        return onSignedOut()
      }
      failures++
      tell({ state: status === 503 || live.state === 'restarting' ? 'restarting' : 'reconnecting' })
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS[Math.min(failures, RETRY_MS.length) - 1]))
    }
  }
  void run()
  return () => {
    stopped.abort()
    tell({ state: 'closed' })
  }
}
