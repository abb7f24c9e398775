import { useSyncExternalStore } from 'react'

/** Whether the window is as the media query says; for what is laid out so differently that CSS does not reach. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (watch) => {
      const list = matchMedia(query)
      list.addEventListener('change', watch)
      return () => list.removeEventListener('change', watch)
    },
    () => matchMedia(query).matches,
  )
}

export const IS_WIDE = '(min-width: 56rem)'
