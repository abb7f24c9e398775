/** How somebody reads logs; kept in their browser, and the same for each server. */
import { useCallback, useSyncExternalStore } from 'react'

export const TIME_FORMS = ['local', 'utc', 'relative'] as const
export type TimeForm = (typeof TIME_FORMS)[number]

export type LogSettings = {
  readonly isWrapped: boolean
  readonly hasColours: boolean
  readonly times: TimeForm
}

const KEY = 'haivemind.logs'
const DEFAULTS: LogSettings = { isWrapped: false, hasColours: true, times: 'local' }

/** Anything may stand in a browser's storage. */
export function parseSettings(text: string | null): LogSettings {
  try {
    const found = JSON.parse(text ?? '{}') as Partial<Record<keyof LogSettings, unknown>> | null
    return {
      isWrapped: typeof found?.isWrapped === 'boolean' ? found.isWrapped : DEFAULTS.isWrapped,
      hasColours: typeof found?.hasColours === 'boolean' ? found.hasColours : DEFAULTS.hasColours,
      times: TIME_FORMS.find((form) => form === found?.times) ?? DEFAULTS.times,
    }
  } catch {
    return DEFAULTS
  }
}

const watchers = new Set<() => void>()
let current: LogSettings | null = null

function read(): LogSettings {
  current ??= parseSettings(localStorage.getItem(KEY))
  return current
}

export function useLogSettings(): readonly [LogSettings, (change: Partial<LogSettings>) => void] {
  const settings = useSyncExternalStore((watch) => {
    watchers.add(watch)
    return () => watchers.delete(watch)
  }, read)
  const set = useCallback((change: Partial<LogSettings>) => {
    current = { ...read(), ...change }
    localStorage.setItem(KEY, JSON.stringify(current))
    for (const watch of watchers) watch()
  }, [])
  return [settings, set]
}
