import { useEffect, useState, type RefObject } from 'react'

/** The colours of the theme as a canvas needs them; they change with it. */
export type Colours = {
  readonly lines: readonly string[]
  readonly text: string
  readonly grid: string
  readonly mark: string
}

/** In the order of the series. */
export const LINE_CLASSES = ['text-accent', 'text-good', 'text-warn', 'text-bad', 'text-muted'] as const

/** @param palette holds one element for each colour, in order: the lines, text, grid, mark */
export function useColours(palette: RefObject<HTMLElement | null>): Colours | null {
  const [colours, setColours] = useState<Colours | null>(null)
  useEffect(() => {
    const read = () => {
      const found = [...(palette.current?.children ?? [])].map((child) => getComputedStyle(child).color)
      const [text, grid, mark] = found.slice(LINE_CLASSES.length)
      setColours({ lines: found.slice(0, LINE_CLASSES.length), text: text!, grid: grid!, mark: mark! })
    }
    read()
    const watch = new MutationObserver(read)
    watch.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
    const system = matchMedia('(prefers-color-scheme: dark)')
    system.addEventListener('change', read)
    return () => {
      watch.disconnect()
      system.removeEventListener('change', read)
    }
  }, [palette])
  return colours
}
