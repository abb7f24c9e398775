import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { eventually } from '../e2e/platform.ts'
import { type Fault, type FaultContext } from './fault.ts'
import { callTool, deployChaos, openPlatform, readResident } from './hosted.ts'

/** After which everybody who does not read must be gone. */
const FLOODS = 8
const CUT_SECONDS = 8

export const f15: Fault = {
  id: 'F15',
  title: 'a reader of a stream that never reads',
  async run(c: FaultContext) {
    const platform = await openPlatform(c)
    await deployChaos(platform, 'talks', { call_timeout_seconds: 60 })
    const token = await platform.token('mcp:call', 'logs:read', 'servers:read')
    const { hostname, port } = new URL(platform.url)
    const readers = c.size === 'full' ? 50 : 5
    const descriptors = countDescriptors(platform.pid())
    const sockets = Array.from({ length: readers }, () => connect(Number(port), hostname))
    for (const socket of sockets) {
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      socket.write(
        `GET /api/v1/servers/talks/logs?follow=true HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      )
      // Never resumed: what the kernel takes is all that it gets.
      socket.pause()
    }
    c.defer(() => sockets.forEach((socket) => socket.destroy()))
    await callTool(platform, token, 'talks', { tag: 'warm' })
    const before = readResident(platform.pid())
    const megabytes = c.size === 'full' ? 200 : 20
    let peak = before
    const watch = setInterval(() => (peak = Math.max(peak, readResident(platform.pid()))), 50)
    c.defer(() => clearInterval(watch))
    const held = () => countDescriptors(platform.pid()) - descriptors
    let written = 0
    // The kernel takes megabytes for a reader before the platform holds anything: until that is full, nobody is cut.
    for (let round = 0; round < FLOODS && held() > 2; round++) {
      await callTool(platform, token, 'talks', { how: 'flood', n: megabytes * 5000, tag: 'done' })
      written += megabytes
      await eventually('all are cut', async () => (held() <= 2 ? true : null), CUT_SECONDS).catch(() => null)
    }
    if (held() > 2) c.broken(`${held()} descriptors more are open than before the ${readers} readers came`)
    c.figure('log lines written', written, 'MB')
    c.figure('memory of the daemon, beyond before', (peak - before) / readers / 1e6, 'MB for each', {
      atMost: c.size === 'full' ? 1 : 20,
    })
  },
}

function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
