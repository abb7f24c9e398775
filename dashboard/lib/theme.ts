/** The choice is a cookie, so that the server writes it into the page and no page flashes. */
import { useSyncExternalStore } from 'react'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const YEAR_SECONDS = 31_536_000
const watchers = new Set<() => void>()

function readTheme(): Theme {
  const found = document.documentElement.dataset['theme']
  return THEMES.find((theme) => theme === found) ?? 'system'
}

export function setTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme
  document.cookie = `haivemind-theme=${theme}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`
  for (const watch of watchers) watch()
}

export function useTheme(): Theme {
  return useSyncExternalStore((watch) => {
    watchers.add(watch)
    return () => watchers.delete(watch)
  }, readTheme)
}
