import type { LogEntry } from './log-entry.ts'
import type { FollowState } from './log-source.ts'

/** A line, whatever row it is in. */
export type Place = { readonly server: string; readonly cursor: number }

/** What the log view draws: rows by number, loaded as they are looked at. */
export interface LogModel {
  /** Undefined: on its way. Null: no longer kept. */
  at(index: number): LogEntry | null | undefined
  /** These rows are looked at. */
  want(from: number, to: number): void
  indexOf(server: string, cursor: number): number | null
  /** The same the other way, also of a row that is not loaded yet. */
  placeOf(index: number): Place | null
  /** More of the past, where not all of it is reachable by its number. */
  loadEarlier?(): void
  readonly snapshot: () => LogSnapshot
  readonly subscribe: (listener: () => void) => () => void
  close(): void
}

export type LogSnapshot = {
  /** Rises with each change. */
  readonly version: number
  readonly count: number
  /** Lines that came while it was open. */
  readonly arrived: number
  /** Rows that were put in front of all others since it was opened. */
  readonly prepended: number
  readonly state: FollowState
  readonly isLoading: boolean
  readonly error: unknown
  /** Older lines match, and are not shown. */
  readonly isCut: boolean
}

export const NEW_SNAPSHOT: LogSnapshot = {
  version: 0,
  count: 0,
  arrived: 0,
  prepended: 0,
  state: 'connecting',
  isLoading: true,
  error: null,
  isCut: false,
}

/** A thousand lines a second are drawn ten times a second. */
const NOTIFY_MS = 100

/** The state of a model and who looks at it. */
export function createNotes() {
  let snapshot = NEW_SNAPSHOT
  let timer: ReturnType<typeof setTimeout> | null = null
  const listeners = new Set<() => void>()
  const tell = () => {
    timer = null
    snapshot = { ...snapshot, version: snapshot.version + 1 }
    for (const listen of listeners) listen()
  }
  let pending: Partial<LogSnapshot> = {}
  return {
    snapshot: () => snapshot,
    read: (): LogSnapshot => ({ ...snapshot, ...pending }),
    change(next: Partial<LogSnapshot>) {
      pending = { ...pending, ...next }
      timer ??= setTimeout(() => {
        snapshot = { ...snapshot, ...pending }
        pending = {}
        tell()
      }, NOTIFY_MS)
    },
    /** At once: somebody waits for it. */
    changeNow(next: Partial<LogSnapshot>) {
      if (timer !== null) clearTimeout(timer)
      snapshot = { ...snapshot, ...pending, ...next }
      pending = {}
      tell()
    },
    subscribe: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close() {
      if (timer !== null) clearTimeout(timer)
      listeners.clear()
    },
  }
}
