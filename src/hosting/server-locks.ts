import { AppError } from '../domain/error.ts'

/** Who changes a server's versions or its existence: one at a time, the next is told instead of queued. */
export interface ServerLocks {
  /** Throws AppError `conflict` when somebody holds the name. `doing` completes “"weather" is being …”. */
  hold(name: string, doing: string): ServerLock
  /** Of all that are held. */
  names(): readonly string[]
  /** Of those whose holder stops and starts the server at this moment. */
  switching(): readonly string[]
  /** For start, stop, restart and set: throws `conflict` while the holder exchanges the running version. */
  refuseDuringSwitch(name: string): void
  /** Short changes that read first: one after the other, so that none overwrites what it has not seen. */
  inTurn<T>(name: string, change: () => Promise<T>): Promise<T>
}

export interface ServerLock {
  /** From here on the holder stops and starts the server; others must not. */
  beginSwitch(): void
  endSwitch(): void
  release(): void
}

export function createServerLocks(): ServerLocks {
  const holders = new Map<string, { readonly doing: string; switching: boolean }>()
  const turns = new Map<string, Promise<unknown>>()
  const refuse = (name: string, doing: string) =>
    new AppError('conflict', `The server "${name}" is being ${doing}.`, { details: { server: name, doing } })

  return {
    hold(name, doing) {
      const other = holders.get(name)
      if (other !== undefined) throw refuse(name, other.doing)
      const own = { doing, switching: false }
      holders.set(name, own)
      return {
        beginSwitch: () => void (own.switching = true),
        endSwitch: () => void (own.switching = false),
        release: () => {
          if (holders.get(name) === own) holders.delete(name)
        },
      }
    },
    async inTurn(name, change) {
      const turn = (turns.get(name) ?? Promise.resolve()).then(change)
      const settled = turn.catch(() => undefined)
      turns.set(name, settled)
      try {
        return await turn
      } finally {
        if (turns.get(name) === settled) turns.delete(name)
      }
    },
    names: () => [...holders.keys()],
    switching: () => [...holders].filter(([, { switching }]) => switching).map(([name]) => name),
    refuseDuringSwitch(name) {
      const holder = holders.get(name)
      if (holder?.switching === true) throw refuse(name, holder.doing)
    },
  }
}
