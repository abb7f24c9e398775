import { useSyncExternalStore } from 'react'

/** One timer for whatever counts seconds on the page. */
const watchers = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | null = null

function watch(watcher: () => void): () => void {
  watchers.add(watcher)
  now = Date.now()
  timer ??= setInterval(() => {
    now = Date.now()
    for (const one of watchers) one()
  }, 1000)
  return () => {
    watchers.delete(watcher)
    if (watchers.size === 0 && timer !== null) {
      clearInterval(timer)
      timer = null
    }
  }
}

/** Milliseconds since the epoch; draws anew each second. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now)
}
