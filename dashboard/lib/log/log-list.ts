/** Some lines of one log, or the logs of several servers in one: the newest that match, in the order of time. */
import type { LogEntry } from './log-entry.ts'
import { createNotes, type LogModel } from './log-model.ts'
import type { FollowState, LogFilter, LogFeed } from './log-source.ts'

const FIRST_LINES = 2_000
/** Of the past, in one step. */
const STEP_LINES = 5_000
/** Where only the page can judge, it looks so far back by itself until it has something to show. */
const AUTO_STEPS = 20
const AUTO_ENOUGH = 100
/** What came live is kept beside; then the oldest go. */
const MAX_KEPT = 50_000

export type ListFilter = LogFilter & {
  /** What only the page can judge, such as a guessed level. */
  readonly isWanted?: (entry: LogEntry) => boolean
}

/** How far back a server's lines are loaded. */
type Reach = {
  readonly source: LogFeed
  /** The first line that is kept. */
  readonly start: number
  /** The first line that was looked at, and its time. */
  cursor: number
  time: number
  isDone: boolean
}

export function openLogList(
  sources: readonly LogFeed[],
  { isWanted = () => true, ...filter }: ListFilter,
): LogModel {
  const notes = createNotes()
  const stopped = new AbortController()
  const stops: (() => void)[] = []
  const states = new Map<string, FollowState>()
  const order = new Map(sources.map(({ server }, index) => [server, index]))
  let entries: LogEntry[] = []
  /** Older than what is shown: from a server whose neighbours are not loaded that far back. */
  let hidden: LogEntry[] = []
  let reaches: Reach[] = []
  let isBusy = false

  const isBefore = (a: LogEntry, b: LogEntry) =>
    a.time !== b.time
      ? a.time < b.time
      : a.server === b.server
        ? a.cursor < b.cursor
        : order.get(a.server)! < order.get(b.server)!
  const insert = (entry: LogEntry) => {
    let at = entries.length
    while (at > 0 && isBefore(entry, entries[at - 1]!)) at -= 1
    if (at === entries.length) entries.push(entry)
    else entries.splice(at, 0, entry)
  }
  const worstState = (): FollowState => {
    const all = [...states.values()]
    return (['reconnecting', 'ended', 'connecting'] as const).find((state) => all.includes(state)) ?? 'live'
  }

  const compare = (a: LogEntry, b: LogEntry) => (isBefore(a, b) ? -1 : 1)
  /** Before the youngest beginning a server would seem silent that is only not loaded. */
  const reveal = () => {
    const open = reaches.filter(({ isDone }) => !isDone)
    const from = sources.length === 1 ? -Infinity : Math.max(-Infinity, ...open.map(({ time }) => time))
    const ready = hidden.filter(({ time }) => time >= from).sort(compare)
    hidden = hidden.filter(({ time }) => time < from)
    entries = [...ready, ...entries]
    return ready.length
  }
  const isCut = () => reaches.some(({ isDone }) => !isDone)

  const readLatest = async (source: LogFeed) => {
    const [first, lines] = await Promise.all([
      source.read({ cursor: 0, limit: 1 }, stopped.signal),
      source.read({ ...filter, tail: FIRST_LINES }, stopped.signal),
    ])
    hidden.push(...lines.filter(isWanted))
    const start = first[0]?.cursor ?? 1
    reaches.push({
      source,
      start,
      cursor: lines[0]?.cursor ?? start,
      time: lines[0]?.time ?? Infinity,
      // The platform looked through all of it.
      isDone: lines.length < FIRST_LINES,
    })
    return lines.at(-1)?.cursor ?? 0
  }
  /** One step back, of the server that holds the others up. */
  const stepBack = async () => {
    const reach = reaches.filter(({ isDone }) => !isDone).sort((a, b) => b.time - a.time)[0]
    if (reach === undefined) return 0
    const after = Math.max(0, reach.cursor - 1 - STEP_LINES)
    const read = await reach.source.read({ ...filter, cursor: after, limit: STEP_LINES }, stopped.signal)
    const lines = read.filter(({ cursor }) => cursor < reach.cursor)
    hidden.push(...lines.filter(isWanted))
    reach.cursor = after + 1
    reach.time = lines[0]?.time ?? reach.time
    reach.isDone = after < reach.start
    return reveal()
  }
  const open = async () => {
    try {
      const newest = await Promise.all(sources.map(readLatest))
      reveal()
      for (let steps = 0; steps < AUTO_STEPS && entries.length < AUTO_ENOUGH && isCut(); steps += 1)
        await stepBack()
      notes.changeNow({ count: entries.length, isLoading: false, isCut: isCut(), error: null })
      for (const [index, source] of sources.entries()) {
        if (stopped.signal.aborted) return
        stops.push(
          source.follow(newest[index]!, filter, {
            onLines(all) {
              const fresh = all.filter(isWanted)
              for (const line of fresh) insert(line)
              const surplus = entries.length - MAX_KEPT
              if (surplus > 0) entries.splice(0, surplus)
              const { arrived, prepended } = notes.read()
              notes.change({
                count: entries.length,
                arrived: arrived + fresh.length,
                prepended: prepended - Math.max(0, surplus),
              })
            },
            onState(state) {
              states.set(source.server, state)
              notes.changeNow({ state: worstState() })
            },
          }),
        )
      }
    } catch (error) {
      if (!stopped.signal.aborted) notes.changeNow({ isLoading: false, error })
    }
  }
  void open()

  return {
    at: (index) => entries[index],
    want() {},
    indexOf(server, cursor) {
      const index = entries.findIndex((entry) => entry.cursor === cursor && entry.server === server)
      return index === -1 ? null : index
    },
    placeOf: (index) => entries[index] ?? null,
    loadEarlier() {
      if (isBusy || !isCut() || entries.length >= MAX_KEPT) return
      isBusy = true
      void stepBack()
        .then((added) => {
          const { prepended } = notes.read()
          notes.changeNow({
            count: entries.length,
            prepended: prepended + added,
            isCut: isCut(),
            error: null,
          })
        })
        .catch((error: unknown) => stopped.signal.aborted || notes.changeNow({ error }))
        .finally(() => (isBusy = false))
    },
    snapshot: notes.snapshot,
    subscribe: notes.subscribe,
    close() {
      stopped.abort()
      for (const stop of stops) stop()
      notes.close()
    },
  }
}
