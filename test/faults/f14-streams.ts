import { setTimeout as sleep } from 'node:timers/promises'
import { measureStreams, streamLimits } from '../bench/streams.ts'
import { readRss } from '../oracles/look.ts'
import { readApi } from './api.ts'
import type { Fault, FaultContext } from './fault.ts'
import { openPlatform } from './hosted.ts'

const STREAMS = { slice: 500, full: 10_000 } as const
const CHANGES = { slice: 2, full: 5 } as const
/** Until what opening needed for a moment was given back. */
const SETTLE_MS = { slice: 200, full: 3000 } as const

export const f14: Fault = {
  id: 'F14',
  title: '10 000 event streams',
  async run(c: FaultContext) {
    const count = STREAMS[c.size]
    const platform = await openPlatform(c, streamLimits(count))
    const over = new AbortController()
    const waits: number[] = []
    const asking = (async () => {
      while (!over.signal.aborted) {
        const began = performance.now()
        await readApi(platform, 'servers')
        waits.push(performance.now() - began)
        await sleep(50)
      }
    })()
    const { openedSeconds, before, after, times } = await measureStreams(
      platform,
      count,
      CHANGES[c.size],
      SETTLE_MS[c.size],
    )
    over.abort()
    await asking
    await sleep(SETTLE_MS[c.size])
    const closed = readRss(platform.pid()) / 2 ** 20
    waits.sort((a, b) => a - b)
    c.figure('all connected', openedSeconds, 's', { atMost: 15 })
    // 16 KiB a stream beside the 200 MB of the daemon: what 10 000 may take, for each size.
    c.figure('memory with all open', after, 'MiB', { atMost: 200 + (150 * count) / 10_000 })
    c.figure('slowest change at the last of them', Math.max(...times), 'ms', { atMost: 1000 })
    c.figure('API p99 meanwhile', waits[Math.floor(waits.length * 0.99)] ?? 0, 'ms', { atMost: 200 })
    c.figure('memory kept afterwards', closed - before, 'MiB', c.size === 'full' ? { atMost: 30 } : undefined)
  },
}
