import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildServer, deployBash } from '../e2e/servers.ts'
import type { Platform } from '../e2e/platform.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, deployFixture, openPlatform } from './hosted.ts'

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
    const before = readMemory(platform.pid())
    const each = ((c.size === 'full' ? 1024 : 30) * MIB) / KINDS.length
    let most = before
    const watch = setInterval(() => (most = Math.max(most, readMemory(platform.pid()))), 50)
    c.defer(() => clearInterval(watch))
    let written = 0
    for (const { kind, length } of KINDS) {
      // In pieces: a call has its deadline.
      for (let left = Math.ceil(each / length); left > 0;) {
        const lines = Math.min(left, Math.ceil((32 * MIB) / length))
        written += Number(await callTool(platform, token, 'noisy', { lines, length, kind }))
        left -= lines
      }
    }
    await sleep(500)
    const { id, log_dropped: dropped } = await platform.json<Status>('status', 'noisy')
    const lines = await readAll(platform, token, 'noisy')
    const stored = lines.filter(({ stream }) => stream === 'stderr').length
    const gaps = lines.filter(({ cursor }, n) => n > 0 && cursor !== (lines[n - 1]?.cursor ?? 0) + 1).length
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
    const numbers = (await readAll(platform, token, 'quiet')).flatMap(
      ({ text }) => /^tick (\d+)$/.exec(text)?.[1] ?? [],
    )
    if (numbers.length < 10) c.broken('the neighbour hardly wrote')
    expectSame(
      c,
      'the lines of the neighbour',
      numbers,
      numbers.map((_, n) => String(n + 1)),
    )
  },
}

async function readAll(platform: Platform, token: string, name: string): Promise<readonly Line[]> {
  const lines: Line[] = []
  for (let cursor = 0; ;) {
    const response = await fetch(`${platform.url}/api/v1/servers/${name}/logs?cursor=${cursor}&limit=5000`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const page = (await response.json()) as { readonly items: readonly Line[] }
    if (page.items.length === 0) return lines
    lines.push(...page.items)
    cursor = page.items.at(-1)?.cursor ?? 0
  }
}

/** Resident bytes. */
function readMemory(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
}
