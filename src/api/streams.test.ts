import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { alice } from '../../test/fakes/hosting.ts'
import type { Access } from '../access/open-access.ts'
import type { Call } from './route.ts'
import { createStreams, joinHistory, renderOnce } from './streams.ts'

type Start = (push: (texts: readonly string[]) => void) => Promise<() => void>

function openStream(count: number, isCurrent = true, start?: Start) {
  const clock = createFakeClock()
  const closing = new AbortController()
  const never = () => () => true
  const access = {
    onRevoked: never,
    onLapsed: never,
    sessions: { onEnded: never },
    isCurrent: () => isCurrent,
  } as unknown as Access
  const streams = createStreams({
    access,
    clock,
    closing: closing.signal,
    maxStreams: { perPrincipal: 50, total: 100 },
    metrics: {
      noteStreams: () => {},
      isPublic: false,
      read: async () => ({ contentType: '', body: '' }),
      noteServed() {},
      noteLimited() {},
    },
  })
  const call = {
    principal: alice,
    session: null,
    request: new Request('http://127.0.0.1/'),
  } as unknown as Call
  let stopped = 0
  const response = streams.open(call, {
    contentType: 'text/plain',
    heartbeat: ': still here\n\n',
    overflow: 'TOO SLOW',
    start: async (push) => {
      const stop = await start?.(push)
      for (let n = 0; n < count; n++) push(['x'.repeat(1024)])
      return () => {
        stop?.()
        stopped++
      }
    },
  })
  return { response, clock, stopped: () => stopped }
}

describe('a stream', () => {
  it('ends for a reader that is too slow, and tells it', async () => {
    const { response, stopped } = openStream(5_000)
    const text = await response.text()
    expect(text.replaceAll('x', '')).toBe('TOO SLOW')
    // 1 MiB, beside one piece of any length and the one that made it too much.
    expect(text.length).toBeLessThanOrEqual(1024 * 1024 + 2 * 1024 + 'TOO SLOW'.length)
    expect(stopped()).toBe(1)
  })

  it('keeps nothing for a reader that does not even read what waits for it', async () => {
    const { response, clock, stopped } = openStream(5_000)
    await new Promise((resolve) => setImmediate(resolve))
    expect(stopped()).toBe(1)
    clock.advance(5000)
    await expect(response.text()).rejects.toThrow('the reader does not read')
  })

  it('does not begin for somebody who was turned out meanwhile', async () => {
    const { response, stopped } = openStream(10, false)
    expect(await response.text()).toBe('')
    expect(stopped()).toBe(0)
  })

  it('lets go of its source when the reader leaves', async () => {
    const { response, stopped } = openStream(10)
    const reader = response.body!.getReader()
    await reader.read()
    expect(stopped()).toBe(0)
    await reader.cancel()
    expect(stopped()).toBe(1)
  })
})

describe('joinHistory', () => {
  it('has neither gap nor double between what was kept and what is new', async () => {
    const sent: number[] = []
    const pieces: number[] = []
    let tell: (item: number) => void = () => {}
    const stop = await joinHistory<number>({
      subscribe: (listener) => {
        tell = listener
        return () => sent.push(-1)
      },
      read: async () => {
        // These come while the history is read; 3 is in it already.
        tell(3)
        tell(4)
        return [1, 2, 3]
      },
      orderOf: (item) => item,
      push: (items) => {
        sent.push(...items)
        pieces.push(items.length)
      },
    })
    tell(5)
    stop()
    expect(sent).toEqual([1, 2, 3, 4, 5, -1])
    // History is one piece; what came meanwhile has to fit like everything else.
    expect(pieces).toEqual([3, 1, 1])
  })
})

describe('what came while a history was read', () => {
  it('goes out in pieces, so that it is bounded as all that follows is', async () => {
    let tell: (item: number) => void = () => {}
    const sizes: number[] = []
    await joinHistory<number>({
      subscribe: (listener) => {
        tell = listener
        return () => {}
      },
      read: async () => {
        for (let n = 3; n < 223; n++) tell(n)
        return Array.from({ length: 3 }, (_, n) => n)
      },
      orderOf: (item) => item,
      push: (items) => sizes.push(items.length),
    })
    expect(sizes).toEqual([3, 100, 100, 20])
  })
})

it('F15: keeps 1 MiB beside the history for a reader that comes while much is written, and then ends', async () => {
  const { response, clock, stopped } = openStream(0, true, (push) =>
    joinHistory<number>({
      subscribe: (listener) => {
        for (let n = 1; n < 20_000; n++) listener(n)
        return () => {}
      },
      read: async () => [0],
      orderOf: (item) => item,
      push: (items) => push(items.map(() => 'x'.repeat(1024))),
    }),
  )
  await new Promise((resolve) => setImmediate(resolve))
  expect(stopped()).toBe(1)
  const text = await response.text()
  expect(text.endsWith('TOO SLOW')).toBe(true)
  // And one piece of what came meanwhile, twice: the one that it may be beside 1 MiB, and the one that was too much.
  expect(text.length).toBeLessThanOrEqual(2 ** 20 + 2 * 100 * 1024 + 'TOO SLOW'.length)
  clock.advance(5000)
})

describe('what goes to many readers', () => {
  it('is made once for all that get it', () => {
    let made = 0
    const render = renderOnce(({ n }: { readonly n: number }) => `${n}: ${++made}`)
    const [one, two] = [{ n: 1 }, { n: 2 }]
    expect([one, two, one, two].map(render)).toEqual(['1: 1', '2: 2', '1: 1', '2: 2'])
    // Another one that is equal is another one.
    expect(render({ n: 2 })).toBe('2: 3')
  })
})
