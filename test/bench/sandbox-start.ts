/**
 * What a sandbox costs over a plain spawn, and which part costs what. Chains that end earlier and earlier are
 * interleaved in one run; a part is the difference of two medians.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildMainKey } from '../../src/domain/process-key.ts'
import { buildLaunchArguments } from '../../src/runtime/sandbox/build-launch-arguments.ts'
import { buildServerPolicy } from '../../src/runtime/sandbox/build-server-policy.ts'
import { createSandboxToken, type SandboxHost } from '../../src/runtime/sandbox/open-host.ts'
import { spawnProcess } from '../../src/system/spawn.ts'
import { openHarness, type Harness } from '../integration/sandbox-harness.ts'
import { median } from './median.ts'

const ROUNDS = 30
const LIMITS = { memoryBytes: 512 * 2 ** 20, cpuPercent: 100, tasks: 132 }

/** @param args rounds, for a shorter or longer run. */
export async function benchSandboxStart(args: readonly string[]): Promise<void> {
  const harness = await openHarness()
  try {
    await harness.backend.probe()
    const steps: readonly (readonly [string, () => Promise<number>])[] = [
      ['plain spawn of bash', () => timePlain(harness)],
      ['sh', () => timeChain(['/bin/sh', '-c', 'echo x'])],
      ['+ control groups', () => timeStage(harness, 'groups')],
      ['+ unshare', () => timeStage(harness, 'unshare')],
      ['+ stage, FIFOs', () => timeStage(harness, 'stage')],
      ['sandbox, gate open', () => timeStart(harness, 'started')],
      ['sandbox, first output', () => timeStart(harness, 'output')],
    ]
    const times = new Map(steps.map(([name]) => [name, [] as number[]]))
    for (let round = 0; round <= Number(args[0] ?? ROUNDS); round++) {
      for (const [name, time] of steps) {
        const milliseconds = await time()
        // The kernel takes a network namespace apart in the background, and what follows would wait for it.
        await new Promise((resolve) => setTimeout(resolve, 150))
        // The first round warms up.
        if (round > 0) times.get(name)?.push(milliseconds)
      }
    }
    print(times)
  } finally {
    await harness.close()
  }
}

function print(times: ReadonlyMap<string, readonly number[]>): void {
  console.log(`${'milliseconds'.padEnd(24)} median   least`)
  for (const [name, all] of times) {
    console.log(
      `${name.padEnd(24)} ${median(all).toFixed(1).padStart(6)}  ${Math.min(...all)
        .toFixed(1)
        .padStart(6)}`,
    )
  }
  const over = (pick: (all: readonly number[]) => number) =>
    (pick(times.get('sandbox, first output') ?? []) - pick(times.get('plain spawn of bash') ?? [])).toFixed(1)
  console.log(`over a plain spawn: ${over(median)} (median), ${over((all) => Math.min(...all))} (least)`)
}

/** Until the first byte on stdout. */
async function timeChain(argv: readonly string[]): Promise<number> {
  const began = performance.now()
  const child = spawnProcess(argv, { environment: {}, stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  const took = performance.now() - began
  await new Promise((resolve) => child.once('close', resolve))
  return took
}

async function timePlain({ dataDir }: Harness): Promise<number> {
  const script = join(dataDir, 'plain.sh')
  await writeFile(script, 'echo x')
  return await timeChain(['/bin/bash', script])
}

/** The launcher's own arguments, cut off after a stage. */
async function timeStage(harness: Harness, until: 'groups' | 'unshare' | 'stage'): Promise<number> {
  const { host } = harness
  const token = createSandboxToken(host, 'i')
  const group = (await host.groups?.create(token, LIMITS)) ?? null
  const runDir = join(host.runRoot, token)
  await mkdir(runDir)
  try {
    const enterAll = 'for f; do echo $$ > "$f"; done; exec echo x'
    const enter = ['/bin/sh', '-c', enterAll, 'sh', ...(group?.joinFiles ?? [])]
    if (until === 'groups') return await timeChain(enter)
    const { unshare } = host.launch.programs
    const fresh = [unshare, '--mount', '--net', '--propagation', 'private', '--']
    if (until === 'unshare') return await timeChain([...fresh, ...enter])
    return await timeChain(await cutAfterStage(harness, host, runDir, group?.joinFiles ?? []))
  } finally {
    await group?.kill()
    await group?.remove()
    await harness.backend.reap({ ...EMPTY_ROW, token, runDir, bootId: host.bootId })
  }
}

const EMPTY_ROW = {
  instanceId: '' as never,
  serverId: '' as never,
  versionId: '' as never,
  backend: 'bubblewrap',
  pid: null,
  startTime: null,
  cgroup: null,
  enforcement: null,
  key: buildMainKey('legacy'),
  initializeResult: null,
  createdAt: 0,
}

async function cutAfterStage(
  harness: Harness,
  host: SandboxHost,
  runDir: string,
  joinFiles: readonly string[],
) {
  const spec = await harness.spec({ command: ['bash'] })
  await mkdir(spec.dataDir, { recursive: true })
  const volume = { means: 'counted', source: spec.dataDir, bytes: 2 ** 29, why: null } as const
  const policy = buildServerPolicy(spec, '/bin/bash', spec.uid, volume, [])
  const binds = policy.binds.map((bind, index) => ({ ...bind, place: `d${index}` }))
  const { argv } = buildLaunchArguments(policy, binds, host.launch, { runDir, joinFiles })
  const end = argv.lastIndexOf(
    '--',
    argv.findIndex((word) => word.endsWith('/setpriv') || word.endsWith('/bwrap')),
  )
  // Its stdout is the FIFO by then: 9 keeps the pipe that is timed.
  return ['/bin/sh', '-c', 'exec 9>&1; exec "$@"', 'sh', ...argv.slice(0, end + 1)].concat([
    '/bin/sh',
    '-c',
    'echo x >&9',
  ])
}

async function timeStart(harness: Harness, until: 'started' | 'output'): Promise<number> {
  const spec = await harness.spec({ files: { 'run.sh': 'echo x; read -r _' }, command: ['bash', 'run.sh'] })
  const began = performance.now()
  const instance = await harness.backend.start(spec, harness.ledger)
  instance.stderr.resume()
  if (until === 'output') await new Promise((resolve) => instance.stdout.once('data', resolve))
  const took = performance.now() - began
  await instance.stop('asked', 'measured', 0)
  instance.stdout.resume()
  return took
}
