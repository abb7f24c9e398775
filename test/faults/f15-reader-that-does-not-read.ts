import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../e2e/platform.ts'
import { type Fault, type FaultContext } from './fault.ts'
import { callTool, deployChaos, openPlatform, readResident } from './hosted.ts'

/** After which everybody who does not read must be gone. */
const FLOODS = 8
const CUT_SECONDS = 8
/**
 * What V8 has not collected yet is no reader's: up to 64 MiB of buffers, however many there are. So there are many of
 * them where each is judged.
 */
const SIZES = {
  slice: { readers: 3, warm: 0.2, megabytes: 60 },
  full: { readers: 300, warm: 100, megabytes: 100 },
} as const

export const f15: Fault = {
  id: 'F15',
  title: 'a reader of a stream that never reads',
  async run(c: FaultContext) {
    const platform = await openPlatform(c, { rate_limits: { streams: 500, streams_per_principal: 500 } })
    await deployChaos(platform, 'talks', { call_timeout_seconds: 60 })
    const token = await platform.token('mcp:call', 'logs:read', 'servers:read')
    const { readers, warm, megabytes } = SIZES[c.size]
    const flood = (size: number) =>
      callTool(platform, token, 'talks', { how: 'flood', n: size * 5000, tag: 'done' })
    let peak = 0
    const watch = setInterval(() => (peak = Math.max(peak, readResident(platform.pid()))), 20)
    c.defer(() => clearInterval(watch))
    // What the flood itself takes is no reader's.
    await flood(warm)
    const before = peak
    const descriptors = countDescriptors(platform.pid())
    await openReaders(c, platform.url, token, readers)
    const held = () => countDescriptors(platform.pid()) - descriptors
    let written = 0
    for (let round = 0; round < FLOODS && (round === 0 || held() > 2); round++) {
      await flood(megabytes)
      written += megabytes
      await eventually('all are cut', async () => (held() <= 2 ? true : null), CUT_SECONDS).catch(() => null)
    }
    if (held() > 2) c.broken(`${held()} descriptors more are open than before the ${readers} readers came`)
    c.figure('log lines written', written, 'MB')
    const megabytesMore = (peak - before) / 1e6
    c.figure('memory of the daemon, beyond the same flood without readers', megabytesMore, 'MB', {
      atMost: 64 + readers,
    })
    c.figure('of each reader', megabytesMore / readers, 'MB', c.size === 'full' ? { atMost: 1 } : undefined)
  },
}

async function openReaders(c: FaultContext, url: string, token: string, count: number): Promise<void> {
  const script = join(import.meta.dirname, 'silent-readers.py')
  const path = '/api/v1/servers/talks/logs?follow=true'
  const child = spawn('python3', [script, new URL(url).port, path, token, String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  c.defer(() => void child.kill())
  await once(child.stdout, 'data')
}

function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}
