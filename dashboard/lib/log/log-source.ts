/** Reads one server's log over the API: a piece of it, or each line as it comes. */
import type { LogListJson, LogLineJson, LogSearchJson } from '../../../src/api/schema/log.ts'
import { api, send } from '../api.ts'
import type { Wanted } from './highlight.ts'
import { readEntry, type LogEntry } from './log-entry.ts'

export type LogFilter = {
  readonly stream?: LogLineJson['stream']
  /** Literal, without case. */
  readonly grep?: string
}
export type LogPiece = LogFilter & {
  readonly cursor?: number
  readonly tail?: number
  readonly limit?: number
  readonly since?: string
}

export type Found = { readonly cursors: readonly number[]; readonly next: string | null }

export type Follower = {
  readonly onLines: (lines: readonly LogEntry[]) => void
  readonly onState: (state: FollowState) => void
}
export type FollowState = 'connecting' | 'live' | 'reconnecting' | 'ended'

/** What rows are made of. */
export interface LogFeed {
  readonly server: string
  read(piece: LogPiece, signal?: AbortSignal): Promise<readonly LogEntry[]>
  /** Lines after a cursor, over lost connections; each once. The result ends it. */
  follow(after: number, filter: LogFilter, follower: Follower): () => void
}

export interface LogSource extends LogFeed {
  /** Through all that is kept, the newest first, on from where an earlier search ended. */
  search(wanted: Wanted, from: string | null, signal: AbortSignal): Promise<Found>
  /** How many lines match in all. */
  count(wanted: Wanted, signal: AbortSignal): Promise<number>
}

/** The first screenful is not to wait for the rest. */
const FIRST_HITS = 100
const MORE_HITS = 1_000

const RETRY_MS = [250, 500, 1000, 2000]
/** Two heartbeats and a half. */
const SILENCE_MS = 40_000

export function openLogSource(server: string): LogSource {
  const path = `/servers/${encodeURIComponent(server)}/logs`
  return {
    server,
    async read(piece, signal) {
      const { items } = await api<LogListJson>(path, {
        query: piece,
        ...(signal === undefined ? {} : { signal }),
      })
      return items.map((line) => readEntry(line, server))
    },
    async search(wanted, from, signal) {
      const limit = from === null ? FIRST_HITS : MORE_HITS
      const query = { ...renderWanted(wanted), limit, cursor: from }
      const { items, next_cursor } = await api<LogSearchJson>(`${path}/search`, { query, signal })
      return { cursors: items.map(({ cursor }) => cursor), next: next_cursor }
    },
    async count(wanted, signal) {
      const query = { ...renderWanted(wanted), limit: 1, count: true }
      return (await api<LogSearchJson>(`${path}/search`, { query, signal })).count ?? 0
    },
    follow(after, filter, { onLines, onState }) {
      const stopped = new AbortController()
      let last = after
      const take = (lines: readonly LogLineJson[]) => {
        const fresh = lines.filter(({ cursor }) => cursor > last)
        if (fresh.length === 0) return
        last = fresh.at(-1)!.cursor
        onLines(fresh.map((line) => readEntry(line, server)))
      }
      const run = async () => {
        onState('connecting')
        for (let failures = 0; !stopped.signal.aborted; failures += 1) {
          const wasRefused = await readStream(
            path,
            { ...filter, cursor: last, follow: true },
            stopped.signal,
            take,
            () => {
              failures = 0
              onState('live')
            },
          )
          if (stopped.signal.aborted) return
          if (wasRefused) return onState('ended')
          onState('reconnecting')
          await new Promise((resolve) =>
            setTimeout(resolve, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]),
          )
        }
      }
      void run()
      return () => stopped.abort()
    },
  }
}

function renderWanted({ text, mode, isCaseSensitive }: Wanted) {
  return { q: text, mode, case: isCaseSensitive ? 'match' : 'ignore' } as const
}

/** Until the connection ends. True: it will not help to ask again, since the server is gone or it is not allowed. */
async function readStream(
  path: string,
  query: Readonly<Record<string, string | number | boolean>>,
  stopped: AbortSignal,
  onLines: (lines: readonly LogLineJson[]) => void,
  onOpen: () => void,
): Promise<boolean> {
  const cut = new AbortController()
  let timer = setTimeout(() => cut.abort(), SILENCE_MS)
  try {
    const response = await send(path, { query, signal: AbortSignal.any([stopped, cut.signal]) })
    onOpen()
    let rest = ''
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return false
      clearTimeout(timer)
      timer = setTimeout(() => cut.abort(), SILENCE_MS)
      const parts = `${rest}${value}`.split('\n')
      rest = parts.pop() ?? ''
      onLines(parts.filter((part) => part !== '').map((part) => JSON.parse(part) as LogLineJson))
    }
  } catch (error) {
    const status = (error as { readonly status?: number }).status ?? 0
    return status === 401 || status === 403 || status === 404
  } finally {
    clearTimeout(timer)
  }
}
