import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Platform } from '../e2e/platform.ts'
import { buildServer } from '../e2e/servers.ts'
import { callApi, deployArchive, packArchive, readApi } from './api.ts'
import type { Fault, FaultContext } from './fault.ts'
import { openPlatform } from './hosted.ts'

const SERVERS = { slice: 8, full: 50 } as const
const WATCH_MS = { slice: 3000, full: 20_000 } as const
/** As many as the platform starts at once. */
const PARALLEL = 4

type Seen = {
  readonly name: string
  readonly status: string
  readonly attempt: number
  readonly reason: string | null
  readonly next_try_at: string | null
}

export const f24: Fault = {
  id: 'F24',
  title: '50 servers that exit at once',
  async run(c: FaultContext) {
    const platform = await openPlatform(c)
    const count = SERVERS[c.size]
    for (let n = 0; n < count; n++) await install(platform, `ends-${n}`)
    await platform.stop()
    await platform.start()

    const began = performance.now()
    const cpu = readCpuSeconds(platform.pid())
    const firstTry = new Set(Array.from({ length: count }, (_, n) => `ends-${n}`))
    let parallel = 0
    let slowest = 0
    while (performance.now() - began < WATCH_MS[c.size] && !c.signal.aborted) {
      const asked = performance.now()
      const { items } = await readApi<{ readonly items: readonly Seen[] }>(platform, 'servers?limit=200')
      slowest = Math.max(slowest, performance.now() - asked)
      // Of those that are tried for the first time: the order of the start is about these.
      const starting = items.filter(
        ({ name, status, attempt }) => firstTry.has(name) && attempt === 0 && status === 'starting',
      )
      parallel = Math.max(parallel, starting.length)
      for (const { name, status, reason, next_try_at } of items) {
        if (status === 'failed') c.broken(`${name} was given up: ${reason}`)
        if (status !== 'backoff') continue
        firstTry.delete(name)
        if (reason === null || next_try_at === null)
          c.broken(`${name} waits and does not say why or until when`)
      }
      await sleep(20)
    }
    const seconds = (performance.now() - began) / 1000
    c.figure('starts at once', parallel, '', { atMost: PARALLEL })
    c.figure('not tried yet at the end', firstTry.size, '', c.size === 'full' ? { atMost: 0 } : undefined)
    c.figure('cores of the daemon', (readCpuSeconds(platform.pid()) - cpu) / seconds, '', { atMost: 1 })
    c.figure('slowest list of all servers', slowest, 'ms', { atMost: 500 })
  },
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
