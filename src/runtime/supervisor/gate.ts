/** Whether calls may go to a process. A shut gate keeps nobody from asking: who asks waits, or is told. */

export interface Gate {
  readonly isOpen: boolean
  set(open: boolean): void
  /** Each time it opens. */
  onOpen(listener: () => void): () => void
}

export function createGate(): Gate {
  let isOpen = true
  const listeners = new Set<() => void>()
  return {
    get isOpen() {
      return isOpen
    },
    set(open) {
      const opens = open && !isOpen
      isOpen = open
      if (opens) for (const listener of listeners) listener()
    },
    onOpen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
