/** An archive that was dropped on any page waits here for the page that deploys it. */
import { useSyncExternalStore } from 'react'

let dropped: File | null = null
const watchers = new Set<() => void>()

export function setDroppedFile(file: File | null): void {
  dropped = file
  for (const watch of watchers) watch()
}

export function useDroppedFile(): File | null {
  return useSyncExternalStore(
    (watch) => {
      watchers.add(watch)
      return () => watchers.delete(watch)
    },
    () => dropped,
  )
}
