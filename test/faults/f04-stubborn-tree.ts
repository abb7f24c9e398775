import { createGroupReader, eventually, findProcesses, MARK } from '../e2e/platform.ts'
import { readStatus } from '../e2e/servers.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, deployChaos, openPlatform } from './hosted.ts'

/** Two forks and a session of its own away from the server, and it does not want to end. */
const HIDE = (name: string) => `trap '' TERM; (setsid bash -c "trap '' TERM; exec -a ${name} sleep 900" &) &`

export const f04: Fault = {
  id: 'F4',
  title: 'a server that ignores SIGTERM and hides its children',
  async run(c: FaultContext) {
    const platform = await openPlatform(c)
    const token = await platform.token()
    let slowest = 0
    for (let n = 0; n < (c.size === 'full' ? 10 : 1); n++) {
      const name = `tree-${n}`
      await deployChaos(platform, name, { environment: { CHAOS: 'stubborn' } })
      const readGroups = createGroupReader((await readStatus(platform, name)).instance?.pid ?? 0)
      const hidden = `${MARK}-hidden-${n}`
      await callTool(platform, token, name, { how: 'run', tag: 'ok', code: HIDE(hidden) })
      await eventually('the hidden one runs', async () => findProcesses(hidden)[0] ?? null, 10)
      const began = performance.now()
      await platform.json('stop', name)
      slowest = Math.max(slowest, (performance.now() - began) / 1000)
      const left = [...findProcesses(`${MARK}-${name}`), ...findProcesses(hidden)]
      expectSame(c, `processes left of ${name}`, left.length, 0)
      expectSame(c, `control groups left of ${name}`, readGroups(), [])
    }
    c.figure('until it is gone', slowest, 's', { atMost: 6 })
  },
}
