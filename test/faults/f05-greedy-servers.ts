import { readStatus } from '../e2e/servers.ts'
import { isAlive } from '../e2e/platform.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, deployChaos, openPlatform, percentile, timeCalls } from './hosted.ts'

const GREEDY = [
  ['bomb', 'b() { b | b & }; b'],
  ['memory', `python3 -c 'x = bytearray(2 << 30); x[:] = b"1" * len(x)'`],
  ['loop', 'while :; do :; done'],
  [
    'files',
    `python3 -c '
import os, time
held = []
try:
    while True: held.append(os.open("/dev/null", 0))
except OSError: time.sleep(60)'`,
  ],
] as const

export const f05: Fault = {
  id: 'F5',
  title: 'fork bomb, memory, busy loop, descriptors',
  async run(c: FaultContext) {
    const platform = await openPlatform(c)
    const token = await platform.token()
    const pid = platform.pid()
    await deployChaos(platform, 'neighbour')
    // One of them is enough to see that it is contained; all at once are what figures are about.
    const greedy = c.size === 'full' ? GREEDY : GREEDY.slice(0, 1)
    const limits = { resource_limits: { memory_mb: 128, cpu_percent: 50, max_processes: 32 } }
    for (const [name] of greedy) await deployChaos(platform, name, { ...limits, restart_delay: 0.5 })
    const neighbour = () => callTool(platform, token, 'neighbour', { tag: 'there' })
    const daemon = () => fetch(`${platform.url}/healthz`).then((response) => response.text())
    const count = c.size === 'full' ? 500 : 50
    const quiet = await timeCalls(count, daemon)
    for (const [name, code] of greedy) await callTool(platform, token, name, { how: 'run', tag: 'ok', code })
    const [busy, calls] = await Promise.all([timeCalls(count, daemon), timeCalls(count, neighbour)])
    c.figure('p99 of the daemon, quiet', percentile(quiet, 0.99), 'ms')
    c.figure('p99 of the daemon', percentile(busy, 0.99), 'ms')
    c.figure('p99 of the daemon over quiet', percentile(busy, 0.99) / percentile(quiet, 0.99), '×', {
      atMost: 2,
    })
    c.figure('p99 of a neighbour', percentile(calls, 0.99), 'ms')
    const answered = calls.filter(Number.isFinite).length
    c.figure('calls of a neighbour answered', (100 * answered) / count, '%', { atLeast: 100 })
    expectSame(c, 'the daemon lives', isAlive(pid), true)
    expectSame(c, 'the neighbour', (await readStatus(platform, 'neighbour')).restarts, 0)
    // Contained means too that it can be ended.
    for (const [name] of greedy) {
      const stopped = await platform.json<{ status: string }>('stop', name)
      expectSame(c, `${name} stopped`, stopped.status, 'stopped')
    }
  },
}
