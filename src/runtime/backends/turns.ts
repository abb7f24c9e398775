export interface Turns {
  /** Runs tasks of the same name one after the other, in the order they came. */
  take<T>(name: string, task: () => Promise<T>): Promise<T>
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return {
    take(name, task) {
      const turn = (last.get(name) ?? Promise.resolve()).then(task, task)
      const settled = turn
        .catch(() => undefined)
        .then(() => {
          if (last.get(name) === settled) last.delete(name)
        })
      last.set(name, settled)
      return turn
    },
  }
}
