/** What is changed of memory and CPU holds at once, where a running server can take it. */
import type { ResourceLimits, Server } from '../domain/server.ts'
import type { HostingContext } from './context.ts'

const MIB = 1024 ** 2
/** Less than this over what is in use would end what runs. */
const ROOM = 1.2
const LIVE = ['memoryMb', 'cpuPercent'] as const

/** True: everything that differs is in force. Within the server's turn. */
export async function resizeRunning(
  context: Pick<HostingContext, 'supervision' | 'onDefect'>,
  { id }: Pick<Server, 'id'>,
  wanted: ResourceLimits,
): Promise<boolean> {
  const now = context.supervision.facts(id)?.limits
  if (now === undefined) return false
  const differs = (Object.keys(wanted) as (keyof ResourceLimits)[]).filter((key) => now[key] !== wanted[key])
  const live = LIVE.filter((key) => differs.includes(key))
  if (live.length === 0) return differs.length === 0
  const used = Math.max(0, ...context.supervision.processes(id).map(({ usage }) => usage?.memoryBytes ?? 0))
  if (wanted.memoryMb < now.memoryMb && wanted.memoryMb * MIB < ROOM * used) return false
  const change = Object.fromEntries(live.map((key) => [key, wanted[key]]))
  try {
    return (await context.supervision.resize(id, change)) && live.length === differs.length
  } catch (error) {
    context.onDefect(error, null)
    return false
  }
}
