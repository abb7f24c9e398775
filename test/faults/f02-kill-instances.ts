import { setTimeout as sleep } from 'node:timers/promises'
import { killAll, type Platform } from '../e2e/platform.ts'
import { callApi, readApi } from './api.ts'
import type { Fault, FaultContext } from './fault.ts'
import { callTool, openPlatform, runEach } from './hosted.ts'
import { createBook, deploy } from './kill-series.ts'

const SIZES = { slice: { servers: 3, kills: 10 }, full: { servers: 20, kills: 500 } } as const
/** Delays double with each restart: after so many kills a server is restarted by hand, which forgives them. */
const FORGIVEN_AFTER = 4
const BACK_WITHIN_MS = 30_000

type Seen = {
  readonly status: string
  readonly next_try_at: string | null
  readonly instance: { readonly pid: number } | null
}

export const f02: Fault = {
  id: 'F2',
  title: 'SIGKILL of instances',
  async run(c: FaultContext) {
    const { servers, kills } = SIZES[c.size]
    const platform = await openPlatform(c)
    const book = createBook()
    const names = Array.from({ length: servers }, (_, n) => `server-${n}`)
    await runEach(servers, async (n) => {
      const name = `server-${n}`
      await deploy({ platform, book }, name, 0, { restart_delay: 0.1, max_restarts: 1000 })
    })
    const token = await platform.token('mcp:call')
    const counts = new Map<string, number>()
    const times: number[] = []
    let calls = 0
    let down: string | null = null
    const over = new AbortController()
    const calling = (async () => {
      for (let n = 0; !over.signal.aborted; n++) {
        const name = names[n % names.length] ?? ''
        const isDown = () => name === down
        if (isDown()) {
          await sleep(5)
          continue
        }
        try {
          await callTool(platform, token, name)
          calls++
        } catch (error) {
          // One that is killed in the middle of a call loses it: that is no error of the others.
          if (!isDown()) c.broken(`a call of ${name} failed while another was killed: ${String(error)}`)
        }
      }
    })()
    for (let n = 0; n < kills && !c.signal.aborted; n++) {
      const name = names[Math.floor(c.random() * names.length)] ?? ''
      const { instance } = await readServer(platform, name)
      if (instance === null) {
        c.broken(`${name} did not come back`)
        continue
      }
      down = name
      killAll([instance.pid])
      const back = await waitUntilBack(platform, name, instance.pid)
      if (back === null) c.broken(`${name} is not back after ${BACK_WITHIN_MS / 1000} s`)
      else times.push(back)
      const killed = (counts.get(name) ?? 0) + 1
      counts.set(name, killed)
      if (killed % FORGIVEN_AFTER === 0) await callApi(platform, 'POST', `servers/${name}/restart`, {})
      down = null
    }
    over.abort()
    await calling
    times.sort((a, b) => a - b)
    c.figure('kills', times.length, '', { atLeast: kills })
    c.figure(
      'healthy again, beside the backoff, p95',
      (times[Math.floor(times.length * 0.95)] ?? 0) / 1000,
      's',
      {
        atMost: 2,
      },
    )
    c.figure('calls of the others meanwhile', calls, '', { atLeast: 1 })
  },
}

const readServer = (platform: Platform, name: string) => readApi<Seen>(platform, `servers/${name}`)

/** Milliseconds until it runs again, less those that it waited for its next try. */
async function waitUntilBack(platform: Platform, name: string, pid: number): Promise<number | null> {
  const began = Date.now()
  let waited = 0
  while (Date.now() - began < BACK_WITHIN_MS) {
    const { status, instance, next_try_at } = await readServer(platform, name)
    if (next_try_at !== null) waited = Math.max(waited, Date.parse(next_try_at) - began)
    if (status === 'running' && instance !== null && instance.pid !== pid)
      return Math.max(0, Date.now() - began - waited)
    await sleep(10)
  }
  return null
}
