/**
 * How fast a server may tell of updated resources: each telling goes to every listener, so a server that tells without
 * end would take the time of all others. The first goes on at once; what follows on its heels waits a little, the last
 * word on each resource standing for those before it.
 */
import type { Clock } from '../domain/clock.ts'
import type { JsonObject } from '../domain/json.ts'

type Deliver = (uri: string, params: JsonObject) => void

/** Resources told of within one window; further ones wait for the next. */
const MAX_TOLD = 64
/** Resources that wait; beyond that the oldest are dropped. */
const MAX_WAITING = 1000
/** No subscription is for a longer one. */
const MAX_URI = 8192
/** What is said beside the URI passes on up to here. Characters. */
const MAX_PARAMS = 16 * 1024

export function createUpdatePace(clock: Clock, windowMs: number, deliver: Deliver): Deliver {
  const waiting = new Map<string, JsonObject>()
  const told = new Set<string>()
  let isOpen = false

  const tell: Deliver = (uri, params) => {
    told.add(uri)
    if (!isOpen) {
      isOpen = true
      clock.after(windowMs, close)
    }
    deliver(uri, params)
  }
  const close = () => {
    isOpen = false
    told.clear()
    for (const [uri, params] of waiting) {
      if (told.size >= MAX_TOLD) return
      waiting.delete(uri)
      tell(uri, params)
    }
  }

  return (uri, given) => {
    if (uri.length > MAX_URI) return
    const params = JSON.stringify(given).length > MAX_PARAMS ? { uri } : given
    if (told.size < MAX_TOLD && !told.has(uri) && !waiting.has(uri)) return tell(uri, params)
    waiting.set(uri, params)
    const oldest = waiting.keys().next().value
    if (waiting.size > MAX_WAITING && oldest !== undefined) waiting.delete(oldest)
  }
}
