/** Keys that work on every page: single letters, but never while somebody types. */
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { hasScreen, NAV_SCREENS } from './screens.ts'

const SEQUENCE_MS = 1_200

export type Shortcut = { readonly keys: string; readonly text: string }

export function listShortcuts(): readonly Shortcut[] {
  return [
    { keys: 'Ctrl K', text: 'Find servers, pages and actions' },
    { keys: '/', text: 'Search on this page' },
    ...(hasScreen('/deploy') ? [{ keys: 'n', text: 'Deploy a new server' }] : []),
    ...NAV_SCREENS.map(({ nav, label }) => ({ keys: `g ${nav!.key}`, text: `Go to ${label}` })),
    { keys: '?', text: 'These shortcuts' },
  ]
}

export function useShortcuts({
  onPalette,
  onHelp,
}: {
  readonly onPalette: () => void
  readonly onHelp: () => void
}): void {
  const navigate = useNavigate()
  useEffect(() => {
    let wentAt = 0
    const listen = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        onPalette()
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isInDialog()) return
      const isAfterG = performance.now() - wentAt < SEQUENCE_MS
      wentAt = 0
      const target = isAfterG ? NAV_SCREENS.find(({ nav }) => nav?.key === event.key) : undefined
      if (target !== undefined) void navigate({ to: target.path } as never)
      else if (event.key === 'g') wentAt = performance.now()
      else if (event.key === '?') onHelp()
      else if (event.key === 'n' && hasScreen('/deploy')) void navigate({ to: '/deploy' } as never)
      else if (event.key === '/') {
        const field = document.querySelector<HTMLInputElement>('[data-search]')
        if (field === null) return
        event.preventDefault()
        field.focus()
      }
    }
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [navigate, onPalette, onHelp])
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}

function isInDialog(): boolean {
  return document.querySelector('[role="dialog"], [role="menu"]') !== null
}
