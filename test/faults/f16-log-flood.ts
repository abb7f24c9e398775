import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildServer, deployBash } from '../e2e/servers.ts'
import type { Platform } from '../e2e/platform.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, deployFixture, openPlatform, readResident } from './hosted.ts'

const MIB = 2 ** 20
const KINDS = [
  { kind: 'text', length: 100, what: 'short lines' },
  { kind: 'text', length: MIB, what: 'lines of 1 MiB' },
  { kind: 'binary', length: 300, what: 'binary' },
  { kind: 'endless', length: 65_536, what: 'no newline' },
] as const

type Status = { readonly id: string; readonly log_dropped: { readonly stderr: number } }
type Line = { readonly cursor: number; readonly stream: string; readonly text: string }

export const f16: Fault = {
  id: 'F16',
  title: 'a flood of log lines',
  async run(c: FaultContext) {
    const platform = await openPlatform(c)
    await deployFixture(platform, 'noisy', 'floods.py')
    const ticks = `( while sleep 0.05; do printf 'tick %d\\n' "$((++n))" >&2; done ) &`
    await deployBash(platform, 'quiet', buildServer({ before: ticks }))
    const token = await platform.token('admin', 'mcp:call', 'logs:read')
    // Without what the first calls of each kind cost once.
    let written = Number(await callTool(platform, token, 'noisy', { lines: 1000, length: 100, kind: 'text' }))
    const noisy = createReader(platform, token, 'noisy')
    await noisy.readOn()
    const before = readResident(platform.pid())
    const each = ((c.size === 'full' ? 1024 : 30) * MIB) / KINDS.length
    let most = before
    const watch = setInterval(() => (most = Math.max(most, readResident(platform.pid()))), 50)
    c.defer(() => clearInterval(watch))
    for (const { kind, length } of KINDS) {
      // In pieces: a call has its deadline.
      for (let left = Math.ceil(each / length); left > 0;) {
        const lines = Math.min(left, Math.ceil((32 * MIB) / length))
        written += Number(await callTool(platform, token, 'noisy', { lines, length, kind }))
        left -= lines
        // The oldest are removed once there is too much: what is stored is counted before.
        await noisy.readOn()
      }
    }
    await sleep(500)
    const { id, log_dropped: dropped } = await platform.json<Status>('status', 'noisy')
    const { stored, gaps } = await noisy.readOn()
    c.figure('lines written', written, 'lines')
    c.figure('lines dropped', dropped.stderr, 'lines', { atLeast: 1 })
    c.figure('lines neither stored nor counted as dropped', written - stored - dropped.stderr, 'lines', {
      atMost: 0,
      atLeast: 0,
    })
    c.figure('gaps in the numbers', gaps, 'gaps', { atMost: 0 })
    const folder = join(platform.dataDir, 'mcp_logs', id)
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
    c.figure('log on the disk', bytes / MIB, 'MiB', { atMost: 50 })
    c.figure('memory of the daemon', (most - before) / MIB, 'MiB more', { atMost: 50 })
    const quiet = await createReader(platform, token, 'quiet').readOn()
    const numbers = quiet.texts.flatMap((text) => /^tick (\d+)$/.exec(text)?.[1] ?? [])
    c.figure('lines of the neighbour', numbers.length, 'lines', { atLeast: 10 })
    expectSame(
      c,
      'the lines of the neighbour',
      numbers,
      numbers.map((_, n) => String(n + 1)),
    )
  },
}

type Count = { readonly stored: number; readonly gaps: number; readonly texts: readonly string[] }

/** Counts the lines of a server's log as they come; keeps the short ones. */
function createReader(platform: Platform, token: string, name: string): { readOn(): Promise<Count> } {
  let cursor = 0
  let stored = 0
  let gaps = 0
  const texts: string[] = []
  const readPage = async () => {
    const response = await fetch(`${platform.url}/api/v1/servers/${name}/logs?cursor=${cursor}&limit=1000`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return ((await response.json()) as { readonly items: readonly Line[] }).items
  }
  return {
    async readOn() {
      for (let page = await readPage(); page.length > 0; page = await readPage()) {
        for (const line of page) {
          if (line.cursor !== cursor + 1) gaps++
          cursor = line.cursor
          if (line.stream === 'stderr') stored++
          if (line.text.length < 50) texts.push(line.text)
        }
      }
      return { stored, gaps, texts }
    },
  }
}
