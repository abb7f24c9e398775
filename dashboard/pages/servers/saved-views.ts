/** Filters with a name, kept in this browser alone. */
import { NO_FILTER, type Filter } from './filter-servers.ts'

export type SavedView = { readonly name: string; readonly filter: Filter }

const KEY = 'haivemind.servers.views'
const MOST = 20

/** What is stored may be from another release, or nonsense: what does not fit is left out. */
export function parseViews(text: string | null): readonly SavedView[] {
  let stored: unknown
  try {
    stored = JSON.parse(text ?? '[]')
  } catch {
    return []
  }
  if (!Array.isArray(stored)) return []
  return stored.slice(0, MOST).flatMap((view: unknown): readonly SavedView[] => {
    if (typeof view !== 'object' || view === null || !('name' in view) || !('filter' in view)) return []
    const { name, filter } = view
    if (typeof name !== 'string' || name === '' || typeof filter !== 'object' || filter === null) return []
    const given = filter as Readonly<Record<string, unknown>>
    const known = Object.keys(NO_FILTER).flatMap((key) => {
      const value = given[key]
      return typeof value === 'string' ? [[key, value] as const] : []
    })
    return [{ name: name.slice(0, 60), filter: { ...NO_FILTER, ...Object.fromEntries(known) } }]
  })
}

/** A later one of the same name takes the place of the earlier. */
export function addView(views: readonly SavedView[], view: SavedView): readonly SavedView[] {
  return [...views.filter(({ name }) => name !== view.name), view].slice(-MOST)
}

export function readViews(): readonly SavedView[] {
  return parseViews(localStorage.getItem(KEY))
}

export function writeViews(views: readonly SavedView[]): void {
  localStorage.setItem(KEY, JSON.stringify(views))
}
