/** What of the configuration may change while the platform runs: each part keeps an object whose values are renewed. */
import type { PlatformConfig } from '../config/schema.ts'
import type { Clock } from '../domain/clock.ts'
import { startRepeating } from '../domain/repeat.ts'

export interface LiveSettings {
  /** In force now. */
  config(): PlatformConfig
  /** An object for a part that reads it each time anew: it stays, its values follow the configuration. */
  follow<T extends object>(build: (config: PlatformConfig) => T): T
  /** For parts that have to be told. */
  onChange(listener: (config: PlatformConfig) => void): void
  take(config: PlatformConfig): void
}

export function createLiveSettings(first: PlatformConfig): LiveSettings {
  let current = first
  const listeners: ((config: PlatformConfig) => void)[] = []
  return {
    config: () => current,
    follow(build) {
      // A copy: what was read from the file stays as it was read.
      const held = { ...build(current) }
      listeners.push((config) => void Object.assign(held, build(config)))
      return held
    },
    onChange: (listener) => void listeners.push(listener),
    take(config) {
      current = config
      for (const listener of listeners) listener(config)
    },
  }
}

/** As `startRepeating`, at a pace that may change; a new pace counts from the change on. */
export function repeatLive(
  live: LiveSettings,
  clock: Clock,
  readMs: (config: PlatformConfig) => number,
  task: () => Promise<void>,
): () => void {
  let pace = readMs(live.config())
  let stop = startRepeating(clock, pace, task)
  let isOver = false
  live.onChange((config) => {
    const next = readMs(config)
    if (isOver || next === pace) return
    pace = next
    stop()
    stop = startRepeating(clock, pace, task)
  })
  return () => {
    isOver = true
    stop()
  }
}
