import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listFiles, type Platform } from '../e2e/platform.ts'
import { buildServer, deployBash, readStatus } from '../e2e/servers.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { openPlatform } from './hosted.ts'

const AT_MOST_MS = 1000

/** What a second daemon could spoil; the log of the first goes on, and its database is its own. */
function readHashes(platform: Platform): Record<string, string> {
  const files = listFiles(platform.dataDir).filter((name) => !/^(?:haivemind\.db|mcp_logs)/.test(name))
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(platform.dataDir, name)))
      .digest('hex')
  return Object.fromEntries(files.map((name) => [name, hash(name)]))
}

export const f28: Fault = {
  id: 'F28',
  title: 'a second daemon on the same data directory',
  async run(c: FaultContext) {
    const platform = await openPlatform(c)
    await deployBash(platform, 'first', buildServer())
    const before = { files: readHashes(platform), status: await readStatus(platform, 'first') }
    let slowest = 0
    for (let n = 0; n < (c.size === 'full' ? 20 : 2); n++) {
      const began = performance.now()
      // Its own port, so that nothing but the directory is in its way.
      const port = { HAIVEMIND__DASHBOARD__PORT: '0' }
      const { code, stderr } = await platform.cli(['serve'], { env: port })
      slowest = Math.max(slowest, performance.now() - began)
      expectSame(c, 'its exit code', code, 1)
      if (!stderr.includes(`pid ${platform.pid()}`)) c.broken(`it does not name the first one: ${stderr}`)
    }
    c.figure('slowest refusal', slowest, 'ms', { atMost: AT_MOST_MS })
    expectSame(c, 'the files of the first', readHashes(platform), before.files)
    const { instance, status } = await readStatus(platform, 'first')
    expectSame(c, 'its server', [status, instance?.pid], ['running', before.status.instance?.pid])
  },
}
