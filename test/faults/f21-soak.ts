import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildServer } from '../e2e/servers.ts'
import type { Platform } from '../e2e/platform.ts'
import { deployArchive, packArchive } from './api.ts'
import type { Fault, FaultContext } from './fault.ts'
import { callTool, openPlatform, percentile, readResident } from './hosted.ts'

/** A full run is what fits into a night of CI. */
const SIZES = {
  slice: { seconds: 4, perSecond: 10, deployEverySeconds: 1 },
  full: { seconds: 80 * 60, perSecond: 10, deployEverySeconds: 30 },
} as const
const SAMPLE_MS = 1000
const MIB = 2 ** 20
/** Versions that are kept, logs, figures: what comes after the first deployments. */
const DISK_MIB = 40
const FIRST = 2

type Sample = { readonly hours: number; readonly memory: number; readonly descriptors: number }

export const f21: Fault = {
  id: 'F21',
  title: 'soak',
  async run(c: FaultContext) {
    const { seconds, perSecond, deployEverySeconds } = SIZES[c.size]
    const platform = await openPlatform(c, { rate_limits: { uploads: 100_000 } })
    const token = await platform.token()
    const deploy = async (n: number) => {
      const files = { 'server.sh': `${buildServer()}# ${n}\n` }
      const operation = await deployArchive(platform, 'soaked', await packArchive(files))
      if (operation?.status !== 'succeeded') c.broken(`deployment ${n}: ${JSON.stringify(operation)}`)
    }
    for (let n = 0; n < FIRST; n++) await deploy(-n)
    const disk = readDisk(platform)
    const began = performance.now()
    const elapsed = () => (performance.now() - began) / 1000
    const isOver = () => elapsed() >= seconds || c.signal.aborted
    const samples: Sample[] = []
    let calls = 0
    let failed = 0
    let deployments = 0
    await Promise.all([
      repeat(isOver, 1000 / perSecond, () =>
        callTool(platform, token, 'soaked').then(
          () => void calls++,
          (error: Error) => {
            if (failed++ < 3) c.broken(`a call failed: ${error.message}`)
          },
        ),
      ),
      repeat(isOver, deployEverySeconds * 1000, () => deploy(++deployments)),
      repeat(isOver, SAMPLE_MS, async () => void samples.push(readSample(platform, elapsed() / 3600))),
    ])
    c.figure('calls', calls, '', { atLeast: 1 })
    c.figure('calls that failed', failed, '', { atMost: 0 })
    c.figure('deployments', deployments, '', { atLeast: 1 })
    judgeGrowth(c, samples)
    c.figure('disk', readDisk(platform), 'MiB')
    c.figure('disk, more than after the first deployments', readDisk(platform) - disk, 'MiB', {
      atMost: DISK_MIB,
    })
  },
}

/** Until the first quarter is over, what is meant to be kept fills up. */
function judgeGrowth(c: FaultContext, samples: readonly Sample[]): void {
  const settled = samples.slice(Math.floor(samples.length / 4))
  const half = Math.floor(settled.length / 2)
  const [early, late] = [settled.slice(0, half), settled.slice(half)]
  const least = (list: readonly Sample[]) =>
    percentile(
      list.map(({ memory }) => memory),
      0.1,
    )
  const middle = (list: readonly Sample[]) =>
    percentile(
      list.map(({ descriptors }) => descriptors),
      0.5,
    )
  const hours = (late[0]?.hours ?? 0) - (early[0]?.hours ?? 0)
  const isFull = c.size === 'full'
  c.figure('memory at the end', (samples.at(-1)?.memory ?? 0) / MIB, 'MiB', { atMost: 210 })
  // Of the floor, since what is not collected yet comes and goes.
  const growth = (least(late) - least(early)) / MIB / hours
  c.figure('growth of memory', growth, 'MiB an hour', isFull ? { atMost: 2 } : undefined)
  // Within seconds it is a deployment under way that is counted.
  const descriptors = middle(late) - middle(early)
  c.figure('descriptors more in the second half', descriptors, '', isFull ? { atMost: 4 } : undefined)
}

/** One after the other, at this pace or as quickly as it goes. */
async function repeat(isOver: () => boolean, everyMs: number, task: () => Promise<void>): Promise<void> {
  let due = performance.now()
  while (!isOver()) {
    due += everyMs
    await task()
    await sleep(Math.max(0, due - performance.now()))
  }
}

function readSample(platform: Platform, hours: number): Sample {
  const pid = platform.pid()
  return { hours, memory: readResident(pid), descriptors: readdirSync(`/proc/${pid}/fd`).length }
}

function readDisk({ dataDir }: Platform): number {
  return Number(execFileSync('du', ['-sk', dataDir], { encoding: 'utf8' }).split('\t')[0]) / 1024
}
