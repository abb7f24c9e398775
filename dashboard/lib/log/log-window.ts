/**
 * All of one server's log without loading it: cursors rise by one a line, so a row's number is its cursor less that of
 * the first. Pages are fetched as they are looked at, and the longest unseen are let go.
 */
import type { LogEntry } from './log-entry.ts'
import { createNotes, type LogModel } from './log-model.ts'
import type { LogFeed } from './log-source.ts'

const PAGE = 500
/** 40 000 lines. */
const MAX_PAGES = 80

type Page = { readonly lines: (LogEntry | null | undefined)[]; isLoading: boolean; seen: number }

export function openLogWindow(source: LogFeed): LogModel {
  const notes = createNotes()
  const stopped = new AbortController()
  const pages = new Map<number, Page>()
  let stopFollowing: (() => void) | null = null
  /** Of row 0; null before there is a line. */
  let origin: number | null = null
  let last = 0
  let looks = 0

  const pageOf = (number: number): Page => {
    const known = pages.get(number)
    if (known !== undefined) return known
    const page: Page = { lines: [], isLoading: false, seen: looks }
    pages.set(number, page)
    return page
  }
  const put = (entry: LogEntry) => {
    origin ??= entry.cursor
    const index = entry.cursor - origin
    if (index < 0) return
    last = Math.max(last, entry.cursor)
    pageOf(Math.floor(index / PAGE)).lines[index % PAGE] = entry
  }
  const letGo = () => {
    if (pages.size <= MAX_PAGES) return
    const tail = countRows() === 0 ? 0 : Math.floor((countRows() - 1) / PAGE)
    const old = [...pages].filter(([number, page]) => number !== tail && !page.isLoading)
    old.sort(([, a], [, b]) => a.seen - b.seen)
    for (const [number] of old.slice(0, pages.size - MAX_PAGES)) pages.delete(number)
  }
  const countRows = () => (origin === null ? 0 : last - origin + 1)

  const load = async (number: number) => {
    const page = pageOf(number)
    if (page.isLoading || origin === null) return
    page.isLoading = true
    try {
      const from = origin + number * PAGE
      const to = Math.min(PAGE, last - from + 1)
      const lines = await source.read({ cursor: from - 1, limit: PAGE }, stopped.signal)
      for (const line of lines) if (line.cursor < from + PAGE) put(line)
      // What was there when it was asked for, and was not given, is no longer kept.
      for (let at = 0; at < to; at += 1) page.lines[at] ??= null
      page.isLoading = false
      letGo()
      notes.changeNow({ count: countRows(), error: null })
    } catch (error) {
      page.isLoading = false
      if (!stopped.signal.aborted) notes.changeNow({ error })
    }
  }
  const open = async () => {
    try {
      const [first, tail] = await Promise.all([
        source.read({ cursor: 0, limit: 1 }, stopped.signal),
        source.read({ tail: PAGE }, stopped.signal),
      ])
      if (first[0] !== undefined) origin = first[0].cursor
      for (const line of tail) put(line)
      notes.changeNow({ count: countRows(), isLoading: false, error: null })
      if (stopped.signal.aborted) return
      stopFollowing = source.follow(
        last,
        {},
        {
          onLines(lines) {
            for (const line of lines) put(line)
            letGo()
            notes.change({ count: countRows(), arrived: notes.read().arrived + lines.length })
          },
          onState: (state) => notes.changeNow({ state }),
        },
      )
    } catch (error) {
      if (!stopped.signal.aborted) notes.changeNow({ isLoading: false, error })
    }
  }
  void open()

  return {
    at(index) {
      return pages.get(Math.floor(index / PAGE))?.lines[index % PAGE]
    },
    want(from, to) {
      looks += 1
      for (let number = Math.floor(from / PAGE); number <= Math.floor(to / PAGE); number += 1) {
        const page = pageOf(number)
        page.seen = looks
        const begin = Math.max(from, number * PAGE)
        const end = Math.min(to, (number + 1) * PAGE - 1, countRows() - 1)
        for (let index = begin; index <= end; index += 1) {
          if (page.lines[index % PAGE] !== undefined) continue
          void load(number)
          break
        }
      }
    },
    indexOf(_, cursor) {
      if (origin === null || cursor < origin || cursor > last) return null
      return cursor - origin
    },
    placeOf: (index) => (origin === null ? null : { server: source.server, cursor: origin + index }),
    snapshot: notes.snapshot,
    subscribe: notes.subscribe,
    close() {
      stopped.abort()
      stopFollowing?.()
      notes.close()
    },
  }
}
