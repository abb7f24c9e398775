import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../bench/median.ts'
import { buildModern, deployEcho, putLoad, readResidentMb, startProgram } from '../bench/relay-parts.ts'
import type { Fault, FaultContext } from './fault.ts'
import { openPlatform, runEach } from './hosted.ts'

const SIZES = {
  slice: { servers: 4, rounds: 3, milliseconds: 700 },
  full: { servers: 20, rounds: 60, milliseconds: 10_000 },
} as const
const PER_SECOND = 5000
const CONNECTIONS = 20

export const f20: Fault = {
  id: 'F20',
  title: '5000 calls a second over 20 servers',
  async run(c: FaultContext) {
    const { servers, rounds, milliseconds } = SIZES[c.size]
    const platform = await openPlatform(c, { rate_limits: { mcp: 1_000_000_000 } })
    const { port, headers } = await deployEcho(platform, 'echo-0', '')
    await runEach(servers - 1, async (n) => void (await deployEcho(platform, `echo-${n + 1}`, '')), 2)
    const targets = Array.from({ length: servers }, (_, n) =>
      buildModern(port, `/servers/echo-${n}/mcp`, headers),
    )
    const load = startProgram('relay-load.ts')
    c.defer(() => void load.child.kill())
    const [first = targets[0]!] = targets
    const job = { connections: CONNECTIONS, milliseconds, perSecond: PER_SECOND }
    const warm = { ...first, ...job, paths: targets.map(({ path }) => path) }
    await putLoad(load, { ...warm, milliseconds: 1000 })
    const before = readResidentMb(platform.pid())
    const rates: number[] = []
    const slow: number[] = []
    let calls = 0
    for (let round = 0; round < rounds && !c.signal.aborted; round++) {
      // Throws when an answer is no result.
      const result = await putLoad(load, warm)
      calls += result.calls
      rates.push(result.perSecond)
      slow.push(result.p99)
    }
    await sleep(500)
    const grown = readResidentMb(platform.pid()) - before
    c.figure('calls, each with its result', calls, '', { atLeast: 1 })
    c.figure('calls a second', median(rates), '1/s', { atLeast: 0.95 * PER_SECOND })
    c.figure('p99 of a call, median of the rounds', median(slow), 'ms')
    c.figure('memory of the daemon, beyond before', grown, 'MiB', { atMost: c.size === 'full' ? 20 : 60 })
  },
}
