import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { openPlatform, percentile, timeCalls } from './hosted.ts'

export const f13: Fault = {
  id: 'F13',
  title: 'slow senders: one byte in ten seconds',
  async run(c: FaultContext) {
    const isFull = c.size === 'full'
    const platform = await openPlatform(c)
    const { hostname, port } = new URL(platform.url)
    const ask = () => fetch(`${platform.url}/healthz`).then((response) => response.text())
    const count = isFull ? 500 : 50
    const quiet = await timeCalls(count, ask)
    const open = new Set<Socket>()
    const senders = isFull ? 2000 : 200
    const began = performance.now()
    for (let n = 0; n < senders; n++) {
      const socket = connect(Number(port), hostname)
      open.add(socket)
      // The refusal has to be read, or its end is not seen.
      socket
        .resume()
        .on('error', () => undefined)
        .on('close', () => open.delete(socket))
      socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ')
      const drip = setInterval(() => socket.writable && socket.write('x'), 10_000)
      socket.once('close', () => clearInterval(drip))
      if (n % 100 === 99) await sleep(10)
    }
    c.defer(() => open.forEach((socket) => socket.destroy()))
    const busy = await timeCalls(count, ask)
    c.figure('p99 of others, quiet', percentile(quiet, 0.99), 'ms')
    c.figure('p99 of others', percentile(busy, 0.99), 'ms')
    c.figure('p99 of others over quiet', percentile(busy, 0.99) / percentile(quiet, 0.99), '×', { atMost: 2 })
    expectSame(c, 'others answered', busy.filter(Number.isFinite).length, count)
    if (!isFull) return c.note('that slow ones are dropped after 15 s is part of the full run')
    while (open.size > 0 && performance.now() - began < 30_000) await sleep(100)
    c.figure('slow ones left', open.size, 'connections', { atMost: 0 })
    c.figure('until all were dropped', (performance.now() - began) / 1000, 's', { atMost: 15 })
  },
}
