import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually, isAlive } from '../e2e/platform.ts'
import { readStatus } from '../e2e/servers.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, deployChaos, openPlatform } from './hosted.ts'

/**
 * From the second start on, since so few are not enough to make a sandbox. The hard bound too: Node raises the soft one
 * to it.
 */
const FEW = [
  'bash',
  '-c',
  'if [ -f "$HAIVEMIND_CONFIG.few" ]; then ulimit -Sn 256 && ulimit -Hn 256; fi; exec "$@"',
  'bash',
]

export const f12: Fault = {
  id: 'F12',
  title: '256 descriptors for the daemon, and more connections than that',
  async run(c: FaultContext) {
    const platform = await openPlatform(c, {}, FEW)
    await deployChaos(platform, 'there')
    const before = await readStatus(platform, 'there')
    writeFileSync(join(platform.folder, 'config.json.few'), '')
    await platform.handOver()
    await platform.start()
    const pid = platform.pid()
    const token = await platform.token()
    const rounds = c.size === 'full' ? 10 : 1
    let refused = 0
    let slowest = 0
    for (let round = 0; round < rounds; round++) {
      const { sockets, answers } = await crowd(platform.url, 400)
      refused += answers.filter((answer) => answer.startsWith('HTTP/1.1 503')).length
      expectSame(c, 'the daemon lives', isAlive(pid), true)
      for (const socket of sockets) socket.destroy()
      const began = performance.now()
      await eventually('it answers again', () =>
        callTool(platform, token, 'there', { tag: 'yes' }).catch(() => null),
      )
      slowest = Math.max(slowest, (performance.now() - began) / 1000)
    }
    c.figure('connections told 503', refused / rounds, 'of 400', { atLeast: 1 })
    c.figure('recovery', slowest, 's', { atMost: 10 })
    const after = await readStatus(platform, 'there')
    expectSame(c, 'the server', [after.restarts, after.instance?.pid], [0, before.instance?.pid])
  },
}

/** Connections that ask nothing, and what each was told by itself. */
async function crowd(url: string, size: number) {
  const { hostname, port } = new URL(url)
  const sockets: Socket[] = []
  const answers: string[] = []
  for (let n = 0; n < size; n++) {
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => answers.push(chunk.toString('latin1')))
    sockets.push(socket)
    await Promise.race([once(socket, 'connect'), once(socket, 'close'), sleep(1000)]).catch(() => undefined)
  }
  await sleep(500)
  return { sockets, answers }
}
