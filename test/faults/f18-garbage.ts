import { eventually } from '../e2e/platform.ts'
import { readLog, readStatus } from '../e2e/servers.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, deployChaos, openPlatform } from './hosted.ts'

export const f18: Fault = {
  id: 'F18',
  title: 'garbage on stdout: no JSON, parts, NUL, bad UTF-8, BOM, CRLF, a line without an end',
  async run(c: FaultContext) {
    const platform = await openPlatform(c)
    const token = await platform.token()
    await deployChaos(platform, 'babbles', { restart_delay: 0.1 })
    const before = await readStatus(platform, 'babbles')
    const lines = c.size === 'full' ? 20_000 : 200
    for (const tag of ['one', 'two', 'three']) {
      expectSame(
        c,
        'behind garbage',
        await callTool(platform, token, 'babbles', { how: 'garbage', n: lines, tag }),
        tag,
      )
    }
    const after = await readStatus(platform, 'babbles')
    expectSame(c, 'the process', after.instance?.pid, before.instance?.pid)
    const log = await readLog(platform, 'babbles', '--stream', 'stdout')
    const heard = log.filter(({ text }) => text.includes('Listening on port 3000')).length
    c.figure('noise told in the log', heard, 'lines', { atLeast: 1 })

    const bytes = (c.size === 'full' ? 100 : 6) * 1024 * 1024
    const lost = await callTool(platform, token, 'babbles', { how: 'long', n: bytes }).catch(String)
    if (!/server_stopped_answering/.test(lost)) c.broken(`a line without an end: ${lost}`)
    const again = await eventually('another one runs', async () => {
      const now = await readStatus(platform, 'babbles')
      return now.status === 'running' && now.instance?.pid !== before.instance?.pid ? now : null
    })
    expectSame(c, 'why the first ended', again.last_exit?.cause, 'protocol')
    expectSame(c, 'the next call', await callTool(platform, token, 'babbles', { tag: 'well' }), 'well')
  },
}
