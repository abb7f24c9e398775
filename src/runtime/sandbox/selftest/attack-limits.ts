/** The attacks on limits: memory, tasks, CPU, disk and an endless line, each in a sandbox of its own. */
import type { SandboxHost } from '../open-host.ts'
import { attack, parseAnswers, sumTaken, type Answer, type Attack } from './attack.ts'
import { BOMBS, DISK_FILLER, ENDLESS_LINE, MANY_HOGS, ONE_HOG, SPINNERS } from './hogs.ts'
import type { ProbeId } from './probes.ts'

const MIB = 2 ** 20
const HOG_MB = 64
const TASKS = 32
const CPU_PERCENT = 50
const DISK_MB = 16
/** An endless line, and what the platform may grow by while it comes in: buffers that are not collected yet. */
const LINE_MIB = 256
const GROWTH_MIB = 128
export const LIMITS = { memoryMb: 256, cpuPercent: 100, maxProcesses: 64, diskMb: 32 }

export type Note = (probe: ProbeId, blocked: boolean, evidence: string) => unknown

export async function attackLimits(
  test: {
    readonly host: SandboxHost
    readonly dir: string
    readonly uid: number | null
    readonly signal: AbortSignal
  },
  found: Map<string, Answer>,
  note: Note,
): Promise<void> {
  const { host, dir } = test
  const run = async (
    name: string,
    program: string,
    limits: Partial<Attack['limits']>,
    about: Attack['about'] = {},
  ) => {
    const attacked = await attack(host, dir, {
      name,
      program,
      about,
      uid: test.uid,
      limits: { ...LIMITS, ...limits },
      timeoutSeconds: 45,
      signal: test.signal,
    })
    test.signal.throwIfAborted()
    return attacked
  }

  for (const [probe, program] of [
    ['SB-33', ONE_HOG],
    ['SB-34', MANY_HOGS],
  ] as const) {
    const hog = await run(probe, program, { memoryMb: HOG_MB }, { memory_mib: HOG_MB })
    const taken = sumTaken(hog.lines)
    const peak = Math.ceil(hog.memoryPeakBytes / MIB)
    // The kernel's own count where there is one: what was taken one after the other is no sum.
    const held = taken > 0 && (peak === 0 ? taken : peak) <= HOG_MB
    note(
      probe,
      held && hog.outcome !== 'exited',
      `took ${taken} MiB of ${HOG_MB}${peak === 0 ? '' : `, peak ${peak}`}; ended: ${hog.outcome}`,
    )
  }
  for (const [name, program, limits, about] of [
    // Above what Python needs for itself, with the tasks that the sandbox is granted beside.
    ['bombs', BOMBS, { maxProcesses: TASKS }, { tasks: TASKS + 4 }],
    ['spinners', SPINNERS, { cpuPercent: CPU_PERCENT }, { cpu_percent: CPU_PERCENT }],
    ['filler', DISK_FILLER, { diskMb: DISK_MB }, { disk_mib: DISK_MB }],
  ] as const) {
    const { lines } = await run(name, program, limits, about)
    for (const answer of parseAnswers(lines)) found.set(answer.probe, answer)
  }
  const before = process.memoryUsage.rss()
  const line = await run('line', ENDLESS_LINE, {}, { mib: LINE_MIB })
  const grown = Math.max(0, Math.round((process.memoryUsage.rss() - before) / MIB))
  const kept = line.lines.reduce((sum, text) => sum + text.length, 0)
  note(
    'SB-42',
    grown <= GROWTH_MIB && kept < MIB,
    `of ${LINE_MIB} MiB ${kept} bytes were kept, the platform grew by ${grown} MiB`,
  )
}
