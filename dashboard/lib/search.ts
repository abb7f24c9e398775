/** What a page shows is in its address: refresh, back and a copied link all restore it. */
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'

export type Search = Readonly<Record<string, string>>

export function parseSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text))
}

export function renderSearch(search: Readonly<Record<string, unknown>>): string {
  const set = Object.entries(search).filter(([, value]) => value !== undefined && value !== '')
  const text = new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}

/**
 * The parameters of this page with their defaults; a parameter that is as by default is not in the address.
 * `set` replaces the entry of the history (typing in a filter), `push` adds one (going somewhere).
 */
export function useUrlState<K extends string>(
  defaults: Readonly<Record<K, string>>,
): readonly [
  state: Readonly<Record<K, string>>,
  set: (change: Partial<Record<K, string>>, how?: 'replace' | 'push') => void,
] {
  const search: Search = useSearch({ strict: false })
  const navigate = useNavigate()
  const names = Object.keys(defaults) as K[]
  const state = Object.fromEntries(names.map((name) => [name, search[name] ?? defaults[name]])) as Record<
    K,
    string
  >
  const key = JSON.stringify(defaults)
  const set = useCallback(
    (change: Partial<Record<K, string>>, how: 'replace' | 'push' = 'replace') => {
      const fallback = JSON.parse(key) as Record<string, string>
      void navigate({
        to: '.',
        replace: how === 'replace',
        resetScroll: false,
        search: (before: Search) => {
          const next = Object.entries({ ...before, ...change } as Record<string, string>)
          return Object.fromEntries(next.filter(([name, value]) => value !== fallback[name]))
        },
      } as never)
    },
    [key, navigate],
  )
  return [state, set]
}
