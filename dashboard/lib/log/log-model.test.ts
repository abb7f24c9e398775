import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LogEntry } from './log-entry.ts'
import { openLogList } from './log-list.ts'
import type { LogModel } from './log-model.ts'
import type { Follower, LogPiece, LogFeed } from './log-source.ts'
import { openLogWindow } from './log-window.ts'

const entry = (cursor: number, server = 'a', time = cursor): LogEntry => ({
  cursor,
  time,
  stream: 'stderr',
  text: `line ${cursor}`,
  server,
})

/** A log with lines from `first` to `last`, as the API would give them. */
function createSource(server: string, first: number, last: number, step = 1) {
  const asked: LogPiece[] = []
  let follower: (Follower & { after: number }) | null = null
  const numbers = (from: number, to: number) =>
    Array.from({ length: Math.max(0, to - from + 1) }, (_, index) =>
      entry(from + index, server, (from + index) * step),
    )
  const source: LogFeed = {
    server,
    async read(piece) {
      asked.push(piece)
      if (piece.tail !== undefined) return numbers(Math.max(first, last - piece.tail + 1), last)
      const from = Math.max(first, (piece.cursor ?? 0) + 1)
      return numbers(from, Math.min(last, from + (piece.limit ?? 1000) - 1))
    },
    follow(after, _, given) {
      follower = { ...given, after }
      given.onState('live')
      return () => void (follower = null)
    },
  }
  return { source, asked, follower: () => follower! }
}

const models: LogModel[] = []
const keep = (model: LogModel) => {
  models.push(model)
  return model
}
const texts = (model: LogModel, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => model.at(from + index)?.text ?? model.at(from + index))
beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  for (const model of models.splice(0)) model.close()
  vi.useRealTimers()
})

describe('the window on a whole log', () => {
  it('knows a million lines and loads those that are looked at', async () => {
    const { source, asked } = createSource('a', 1, 1_000_000)
    const model = keep(openLogWindow(source))
    await vi.advanceTimersByTimeAsync(1)
    expect(model.snapshot()).toMatchObject({ count: 1_000_000, isLoading: false, state: 'live' })
    expect(model.at(999_999)?.text).toBe('line 1000000')
    expect(model.at(500_000)).toBeUndefined()
    expect(model.placeOf(500_000)).toEqual({ server: 'a', cursor: 500_001 })
    model.want(500_000, 500_040)
    await vi.advanceTimersByTimeAsync(1)
    expect(texts(model, 500_000, 500_001)).toEqual(['line 500001', 'line 500002'])
    expect(asked.slice(2)).toEqual([{ cursor: 500_000, limit: 500 }])
    model.want(500_000, 500_040)
    expect(asked).toHaveLength(3)
  })

  it('keeps a bounded number of lines, however far one scrolls', async () => {
    const { source } = createSource('a', 1, 200_000)
    const model = keep(openLogWindow(source))
    await vi.advanceTimersByTimeAsync(1)
    for (let from = 0; from < 200_000; from += 500) {
      model.want(from, from + 40)
      await vi.advanceTimersByTimeAsync(1)
    }
    const held = Array.from({ length: 200_000 }, (_, index) => model.at(index)).filter(
      (line) => line !== undefined,
    )
    expect(held.length).toBeLessThanOrEqual(40_500)
    expect(model.at(199_999)).toBeDefined()
    expect(model.at(0)).toBeUndefined()
  })

  it('takes lines as they come, and tells ten times a second at most', async () => {
    const { source, follower } = createSource('a', 1, 10)
    const model = keep(openLogWindow(source))
    await vi.advanceTimersByTimeAsync(1)
    expect(follower().after).toBe(10)
    let told = 0
    model.subscribe(() => void (told += 1))
    for (let cursor = 11; cursor <= 1010; cursor += 1) {
      follower().onLines([entry(cursor)])
      await vi.advanceTimersByTimeAsync(1)
    }
    await vi.advanceTimersByTimeAsync(100)
    expect(model.snapshot()).toMatchObject({ count: 1010, arrived: 1000 })
    expect(told).toBeLessThanOrEqual(11)
    expect(model.at(1009)?.text).toBe('line 1010')
  })

  it('says which rows are no longer kept, and asks once', async () => {
    const { source, asked } = createSource('a', 1, 1000)
    const model = keep(
      openLogWindow({
        ...source,
        read: async (piece) =>
          (await source.read(piece)).filter(({ cursor }) => cursor === 1 || cursor > 200),
      }),
    )
    await vi.advanceTimersByTimeAsync(1)
    for (let look = 0; look < 3; look += 1) {
      model.want(100, 300)
      await vi.advanceTimersByTimeAsync(1)
    }
    expect(texts(model, 198, 201)).toEqual([null, null, 'line 201', 'line 202'].slice(0, 4))
    expect(asked).toHaveLength(3)
  })

  it('begins with an empty log and the first line', async () => {
    const { source, follower } = createSource('a', 1, 0)
    const model = keep(openLogWindow(source))
    await vi.advanceTimersByTimeAsync(1)
    expect(model.snapshot()).toMatchObject({ count: 0, isLoading: false })
    follower().onLines([entry(7)])
    await vi.advanceTimersByTimeAsync(100)
    expect([
      model.snapshot().count,
      model.at(0)?.cursor,
      model.indexOf('a', 7),
      model.indexOf('a', 6),
    ]).toEqual([1, 7, 0, null])
  })

  it('shows why it could not be read', async () => {
    const broken: LogFeed = {
      server: 'a',
      read: () => Promise.reject(new Error('gone')),
      follow: () => () => {},
    }
    const model = keep(openLogWindow(broken))
    await vi.advanceTimersByTimeAsync(1)
    expect(model.snapshot()).toMatchObject({ isLoading: false, error: new Error('gone') })
  })
})

describe('a list of lines', () => {
  it('of several servers is in the order of time', async () => {
    const a = createSource('a', 1, 3, 10)
    const b = createSource('b', 1, 3, 15)
    const model = keep(openLogList([a.source, b.source], {}))
    await vi.advanceTimersByTimeAsync(1)
    const shown = Array.from(
      { length: 6 },
      (_, index) => `${model.at(index)?.server}${model.at(index)?.cursor}`,
    )
    expect(shown).toEqual(['a1', 'b1', 'a2', 'a3', 'b2', 'b3'])
    b.follower().onLines([entry(4, 'b', 60)])
    a.follower().onLines([entry(4, 'a', 50)])
    await vi.advanceTimersByTimeAsync(100)
    expect([model.at(6)?.server, model.at(7)?.server]).toEqual(['a', 'b'])
    expect(model.indexOf('b', 4)).toBe(7)
  })

  it('holds what comes to the same filter as what was', async () => {
    const a = createSource('a', 1, 9)
    const model = keep(openLogList([a.source], { grep: 'x', isWanted: ({ cursor }) => cursor % 2 === 1 }))
    await vi.advanceTimersByTimeAsync(1)
    expect(a.asked).toEqual([
      { cursor: 0, limit: 1 },
      { grep: 'x', tail: 2000 },
    ])
    a.follower().onLines([entry(10), entry(11)])
    await vi.advanceTimersByTimeAsync(100)
    expect(model.snapshot()).toMatchObject({ count: 6, arrived: 1 })
  })

  it('loads more of the past in front, and says how many rows that moved', async () => {
    const a = createSource('a', 1, 5000)
    const model = keep(openLogList([a.source], {}))
    await vi.advanceTimersByTimeAsync(1)
    expect(model.snapshot()).toMatchObject({ count: 2000, isCut: true })
    model.loadEarlier!()
    await vi.advanceTimersByTimeAsync(1)
    expect(model.snapshot()).toMatchObject({ count: 5000, prepended: 3000, isCut: false })
    expect(model.at(0)?.cursor).toBe(1)
  })

  it('looks back by itself until it has something to show', async () => {
    const a = createSource('a', 1, 30_000)
    const model = keep(openLogList([a.source], { isWanted: ({ cursor }) => cursor < 200 }))
    await vi.advanceTimersByTimeAsync(1)
    expect(model.snapshot()).toMatchObject({ count: 199, isCut: false, isLoading: false })
    expect([model.at(0)?.cursor, model.at(198)?.cursor]).toEqual([1, 199])
    expect(a.asked.slice(2)).toEqual(
      [23_000, 18_000, 13_000, 8000, 3000, 0].map((cursor) => ({ cursor, limit: 5000 })),
    )
  })

  it('shows no server as silent whose lines are only not loaded', async () => {
    const busy = createSource('a', 1, 5000)
    const calm = createSource('b', 1, 50, 100)
    const model = keep(openLogList([busy.source, calm.source], {}))
    await vi.advanceTimersByTimeAsync(1)
    expect(model.at(0)?.time).toBe(3001)
  })
})
