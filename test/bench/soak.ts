/** Many calls through one daemon, and what it holds on to: resident memory as the calls go by. */
import { startPlatform } from '../e2e/platform.ts'
import {
  buildLegacy,
  buildModern,
  CONNECTIONS,
  deployEcho,
  PATH,
  putLoad,
  readResidentMb,
  startProgram,
} from './relay-parts.ts'

const CALLS = 1_000_000
const STEPS = 20

/** @param args calls in all; half of them by clients of either era. */
export async function benchSoak(args: readonly string[]): Promise<void> {
  const calls = Number(args[0] ?? CALLS)
  const load = startProgram('relay-load.ts')
  await using platform = await startPlatform({ rate_limits: { mcp: 1_000_000_000 } })
  try {
    const { port, headers } = await deployEcho(platform)
    const targets = [await buildLegacy(port, PATH, headers), buildModern(port, PATH, headers)]
    const seen: { readonly calls: number; readonly megabytes: number }[] = []
    let done = 0
    console.log('calls      resident MB')
    for (let step = 0; step < STEPS; step++) {
      for (const target of targets) {
        const share = Math.ceil(calls / STEPS / targets.length)
        const job = { ...target, connections: CONNECTIONS, milliseconds: 3_600_000, calls: share }
        done += (await putLoad(load, job)).calls
      }
      const megabytes = readResidentMb(platform.pid())
      seen.push({ calls: done, megabytes })
      console.log(`${String(done).padEnd(10)} ${megabytes.toFixed(1).padStart(8)}`)
    }
    // The first quarter fills what is meant to be kept: caches, the young generation, the database's pages.
    const settled = seen.slice(STEPS / 4)
    console.log(
      `\ngrowth after the first quarter: ${(slope(settled) * 1e6).toFixed(1)} MB for each million calls`,
    )
    console.log('wanted: flat')
  } finally {
    load.child.kill()
  }
}

/** Of the straight line with the least squares: megabytes for each call. */
function slope(points: readonly { readonly calls: number; readonly megabytes: number }[]): number {
  const mean = (pick: (point: (typeof points)[number]) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length
  const [x, y] = [mean(({ calls }) => calls), mean(({ megabytes }) => megabytes)]
  const above = points.reduce((sum, { calls, megabytes }) => sum + (calls - x) * (megabytes - y), 0)
  return above / points.reduce((sum, { calls }) => sum + (calls - x) ** 2, 0)
}
