import { once } from 'node:events'
import { connect } from 'node:net'
import { isAlive } from '../e2e/platform.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { buildCallRequest, callTool, deployChaos, openPlatform, readResident } from './hosted.ts'

export const f17: Fault = {
  id: 'F17',
  title: 'a slow client of a fast server, and a server that does not read',
  async run(c: FaultContext) {
    const isFull = c.size === 'full'
    const platform = await openPlatform(c)
    const token = await platform.token()
    const pid = platform.pid()
    await deployChaos(platform, 'deaf', { call_timeout_seconds: 2 })
    await deployChaos(platform, 'fast', { call_timeout_seconds: 20 })
    await callTool(platform, token, 'deaf', { how: 'deaf', tag: 'last' })
    const before = readResident(pid)
    let peak = before
    const watch = setInterval(() => (peak = Math.max(peak, readResident(pid))), 50)
    c.defer(() => clearInterval(watch))

    const size = isFull ? 256_000 : 16_000
    const tag = 'd'.repeat(size)
    const asked = Array.from({ length: 400 }, () =>
      callTool(platform, token, 'deaf', { tag }).then(
        () => 'answered',
        (error: Error) => (/"code":"(\w+)"/.exec(error.message)?.[1] ?? error.message).slice(0, 100),
      ),
    )
    const ends = Object.groupBy(await Promise.all(asked), (end) => end)
    const counts = Object.fromEntries(Object.entries(ends).map(([end, list]) => [end, list?.length ?? 0]))
    c.note(`a server that does not read: ${JSON.stringify(counts)}`)
    c.figure('calls refused as busy', counts['busy'] ?? 0, 'of 400', { atLeast: 1 })
    const strange = Object.keys(counts).filter(
      (end) => !['busy', 'call_timeout', 'server_unresponsive'].includes(end),
    )
    expectSame(c, 'how else calls ended', strange, [])

    // A client that takes nothing of what its call reports.
    const { hostname, port } = new URL(platform.url)
    const clients = Array.from({ length: isFull ? 20 : 2 }, () => connect(Number(port), hostname))
    for (const client of clients) {
      client.on('error', () => undefined)
      await once(client, 'connect')
      client.pause()
      const request = buildCallRequest(token, { how: 'progress', n: 4000, tag: 'end' }, 'act', 'token')
      const head = Object.entries({ host: `${hostname}:${port}`, ...request.headers }).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      )
      const length = Buffer.byteLength(request.body)
      client.write(
        `POST /servers/fast/mcp HTTP/1.1\r\n${head.join('')}content-length: ${length}\r\n\r\n${request.body}`,
      )
    }
    c.defer(() => clients.forEach((client) => client.destroy()))
    const other = await callTool(platform, token, 'fast', { tag: 'still here' })
    expectSame(c, 'another client of the fast server', other, 'still here')
    c.figure('memory of the daemon, beyond before', (peak - before) / 1e6, 'MB', {
      atMost: isFull ? 150 : 100,
    })
    expectSame(c, 'the daemon lives', isAlive(pid), true)
  },
}
