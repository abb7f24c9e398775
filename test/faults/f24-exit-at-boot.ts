import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Platform } from '../e2e/platform.ts'
import { buildServer } from '../e2e/servers.ts'
import { callApi, deployArchive, packArchive, readApi } from './api.ts'
import type { Fault, FaultContext } from './fault.ts'
import { openPlatform, runEach } from './hosted.ts'

const SERVERS = { slice: 6, full: 50 } as const
const WATCH_MS = { slice: 1500, full: 20_000 } as const
/** Until each was tried once, on a machine with much other work. */
const LONGEST_MS = { slice: 30_000, full: 120_000 } as const
/** As many as the platform starts at once. */
const PARALLEL = 4

type Seen = {
  readonly name: string
  readonly status: string
  readonly reason: string | null
  readonly next_try_at: string | null
}

export const f24: Fault = {
  id: 'F24',
  title: '50 servers that exit at once',
  async run(c: FaultContext) {
    const platform = await openPlatform(c)
    const count = SERVERS[c.size]
    await runEach(count, (n) => install(platform, `ends-${n}`))
    await platform.stop()
    const startedAt = Date.now()
    await platform.start()

    const began = performance.now()
    const cpu = readCpuSeconds(platform.pid())
    const elapsed = () => performance.now() - began
    let slowest = 0
    let tries = readTries(platform, startedAt)
    let untilTried = Infinity
    while (!c.signal.aborted && elapsed() < (tries.ended < count ? LONGEST_MS[c.size] : WATCH_MS[c.size])) {
      const asked = performance.now()
      const { items } = await readApi<{ readonly items: readonly Seen[] }>(platform, 'servers?limit=200')
      slowest = Math.max(slowest, performance.now() - asked)
      for (const { name, status, reason, next_try_at } of items) {
        if (status === 'failed') c.broken(`${name} was given up: ${reason}`)
        if (status === 'backoff' && (reason === null || next_try_at === null))
          c.broken(`${name} waits and does not say why or until when`)
      }
      await sleep(50)
      tries = readTries(platform, startedAt)
      if (tries.ended === count) untilTried = Math.min(untilTried, elapsed())
    }
    const seconds = elapsed() / 1000
    c.figure('tried, and seen to end', tries.ended, '', { atLeast: count })
    c.figure('starts at once', tries.parallel, '', { atMost: PARALLEL, atLeast: 1 })
    c.figure('all of them tried after', untilTried / 1000, 's')
    c.figure('cores of the daemon', (readCpuSeconds(platform.pid()) - cpu) / seconds, '', { atMost: 1 })
    c.figure('slowest list of all servers', slowest, 'ms', { atMost: 500 })
  },
}

/**
 * The first try of each server after a start of the platform, by the events it wrote: how many ended, and how many went
 * on at once at most. Later ones are not bounded by the places of a start alone.
 */
function readTries(
  { dataDir }: Platform,
  since: number,
): { readonly ended: number; readonly parallel: number } {
  const database = new DatabaseSync(join(dataDir, 'haivemind.db'), { readOnly: true })
  try {
    const starting = new Set<string>()
    const ended = new Set<string>()
    let parallel = 0
    const rows = database.prepare('SELECT event FROM events WHERE time >= ? ORDER BY id').all(since)
    for (const { event } of rows) {
      const told = JSON.parse(String(event)) as Partial<Seen> & {
        readonly type: string
        readonly server: string
      }
      if (told.type !== 'server.status' || ended.has(told.server)) continue
      if (told.status === 'starting') starting.add(told.server)
      else if (starting.delete(told.server)) ended.add(told.server)
      parallel = Math.max(parallel, starting.size)
    }
    return { ended: ended.size, parallel }
  } finally {
    database.close()
  }
}

/** It runs, until its next start: then it ends at once. */
async function install(platform: Platform, name: string): Promise<void> {
  const archive = await packArchive({
    'server.sh': `if [ -n "$ENDS" ]; then echo "it ends" >&2; exit 3; fi\n# ${name}\n${buildServer()}`,
    'server_config.json': JSON.stringify({ name, command: ['bash', 'server.sh'], restart_delay: 2 }),
  })
  const operation = await deployArchive(platform, name, archive)
  if (operation?.status !== 'succeeded') throw new Error(JSON.stringify(operation))
  await callApi(platform, 'PATCH', `servers/${name}`, { environment: { ENDS: 'yes' } })
}

function readCpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
