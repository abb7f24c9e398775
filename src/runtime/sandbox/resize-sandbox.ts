/** Other limits for a sandbox that runs, in place: a write to its control group, kept for a later daemon. */
import type { ResourceLimits } from '../../domain/server.ts'
import type { LimitChange } from '../ports.ts'
import { readSandboxFacts, replaceSandboxFacts } from './run-dir.ts'
import type { Watched } from './watch-sandbox.ts'

const MIB = 2 ** 20
/** A limit nearer to what is in use would make the kernel kill at once. */
const ROOM = 1.05

/** What holds now; null: nothing was changed. @param bootId of this boot */
export async function resizeSandbox(
  { group, limits, runDir, needsWatchdog }: Watched,
  change: LimitChange,
  bootId: string,
): Promise<ResourceLimits | null> {
  if (group === null || needsWatchdog) return null
  const next = { ...limits, ...change }
  const memoryBytes = next.memoryMb * MIB
  if (next.memoryMb < limits.memoryMb) {
    const usage = await group.readUsage()
    if (usage.memoryBytes * ROOM > memoryBytes) return null
  }
  await group.writeLimits({ memoryBytes, cpuPercent: next.cpuPercent })
  const found = await group.readLimits()
  // The kernel keeps whole pages.
  const isTaken =
    Math.abs(found.memoryBytes - memoryBytes) < 65_536 && Math.abs(found.cpuPercent - next.cpuPercent) < 1
  if (!isTaken) throw new Error(`the control group holds ${found.memoryBytes} bytes, not ${memoryBytes}`)
  const facts = await readSandboxFacts(runDir, bootId)
  if (facts !== null) await replaceSandboxFacts(runDir, { ...facts, limits: next })
  return next
}
