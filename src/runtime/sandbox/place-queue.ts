/** A few places for jobs, in order of arrival. Two jobs never hold the same key at once. */

export type Place = { readonly number: number; readonly leave: () => void }

type Waiting = {
  readonly keys: readonly string[]
  readonly enter: (place: Place) => void
}

export function createPlaceQueue(places: number): {
  /** @param keys what the job must have alone. Null when `signal` fires first. */
  enter(keys: readonly string[], signal: AbortSignal): Promise<Place | null>
} {
  const free = Array.from({ length: places }, (_, index) => index)
  const held = new Set<string>()
  const waiting: Waiting[] = []
  const admit = () => {
    for (;;) {
      const number = free[0]
      const index = waiting.findIndex(({ keys }) => !keys.some((key) => held.has(key)))
      const next = waiting[index]
      if (number === undefined || next === undefined) return
      free.shift()
      waiting.splice(index, 1)
      for (const key of next.keys) held.add(key)
      next.enter({ number, leave: () => leave(number, next.keys) })
    }
  }
  const leave = (number: number, keys: readonly string[]) => {
    free.push(number)
    for (const key of keys) held.delete(key)
    admit()
  }
  return {
    async enter(keys, signal) {
      if (signal.aborted) return null
      return await new Promise((resolve) => {
        const entry: Waiting = {
          keys,
          enter(place) {
            signal.removeEventListener('abort', onAbort)
            resolve(place)
          },
        }
        const onAbort = () => {
          const index = waiting.indexOf(entry)
          if (index !== -1) waiting.splice(index, 1)
          resolve(null)
        }
        signal.addEventListener('abort', onAbort, { once: true })
        waiting.push(entry)
        admit()
      })
    },
  }
}
