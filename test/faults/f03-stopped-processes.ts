import { setTimeout as sleep } from 'node:timers/promises'
import { eventually, findProcesses, isAlive, MARK } from '../e2e/platform.ts'
import { buildServer, deployBash, readStatus } from '../e2e/servers.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, openPlatform } from './hosted.ts'

export const f03: Fault = {
  id: 'F3',
  title: 'SIGSTOP of an instance, of the daemon',
  async run(c: FaultContext) {
    const isFull = c.size === 'full'
    const platform = await openPlatform(c, { health_check_interval: 5 })
    await deployBash(platform, 'frozen', buildServer(), { restart_delay: 0.1 })
    const token = await platform.token()
    const before = await readStatus(platform, 'frozen')

    process.kill(platform.pid(), 'SIGSTOP')
    await sleep(isFull ? 60_000 : 1500)
    process.kill(platform.pid(), 'SIGCONT')
    expectSame(c, 'after the daemon stood still', await callTool(platform, token, 'frozen'), 'hello')
    if (isFull) await sleep(12_000)
    const after = await readStatus(platform, 'frozen')
    const seen = (status: typeof before) => [status.status, status.restarts, status.instance?.pid]
    expectSame(c, 'its server', seen(after), seen(before))
    expectSame(c, 'its health', after.health, 'healthy')

    if (!isFull) return c.note('an instance that stands still is part of the full run: it takes 20 s to tell')
    const pid = findProcesses(`bash server.sh ${MARK}-frozen`).at(-1) ?? 0
    const began = performance.now()
    process.kill(pid, 'SIGSTOP')
    c.defer(() => void (isAlive(pid) && process.kill(pid, 'SIGKILL')))
    await eventually('it is unhealthy', async () =>
      (await readStatus(platform, 'frozen')).health === 'unhealthy' ? true : null,
    )
    c.figure('until it is unhealthy', (performance.now() - began) / 1000, 's', { atMost: 20 })
    await eventually('another one runs', async () => {
      const { status, instance } = await readStatus(platform, 'frozen')
      return status === 'running' && instance?.pid !== before.instance?.pid ? true : null
    })
    c.figure('until another one runs', (performance.now() - began) / 1000, 's')
    expectSame(c, 'why', (await readStatus(platform, 'frozen')).last_exit?.cause, 'health')
    expectSame(c, 'the next call', await callTool(platform, token, 'frozen'), 'hello')
  },
}
