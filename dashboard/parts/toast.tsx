/** For what went well, and to take it back. Failures stay where they happened. */
import { CircleCheck, X } from 'lucide-react'
import { Toast as Radix } from 'radix-ui'
import { useSyncExternalStore } from 'react'
import { WORDS } from '../lib/words.ts'
import { Button } from './button.tsx'

type Shown = {
  readonly id: number
  readonly text: string
  readonly undo?: { readonly label: string; readonly run: () => void }
}

const watchers = new Set<() => void>()
let shown: readonly Shown[] = []
let count = 0

function set(next: readonly Shown[]): void {
  shown = next
  for (const watch of watchers) watch()
}

export function showToast(text: string, undo?: Shown['undo']): void {
  set([...shown, { id: ++count, text, ...(undo === undefined ? {} : { undo }) }].slice(-3))
}

export function Toasts() {
  const list = useSyncExternalStore(
    (watch) => {
      watchers.add(watch)
      return () => watchers.delete(watch)
    },
    () => shown,
  )
  return (
    <Radix.Provider duration={5000} label="Message">
      {list.map(({ id, text, undo }) => (
        <Radix.Root
          key={id}
          onOpenChange={(isOpen) => !isOpen && set(shown.filter((one) => one.id !== id))}
          className="flex items-center gap-2 rounded-md border border-line bg-raised py-2 pr-2 pl-3 text-sm shadow-float"
        >
          <CircleCheck aria-hidden className="size-4 shrink-0 text-good" />
          <Radix.Description className="min-w-0 flex-1 break-words">{text}</Radix.Description>
          {undo !== undefined && (
            <Radix.Action asChild altText={undo.label}>
              <Button size="sm" onClick={undo.run}>
                {undo.label}
              </Button>
            </Radix.Action>
          )}
          <Radix.Close asChild>
            <Button variant="ghost" size="sm" icon={X} aria-label={WORDS.close} />
          </Radix.Close>
        </Radix.Root>
      ))}
      <Radix.Viewport className="fixed right-4 bottom-4 z-50 flex w-[min(22rem,calc(100vw-2rem))] flex-col gap-2" />
    </Radix.Provider>
  )
}
