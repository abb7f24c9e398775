/** From a policy to a sandbox that stands complete and waits at its gate: nothing of the payload has run yet. */
import { chmod, chown, mkdir, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../domain/error.ts'
import { probeUid } from '../../domain/uid-block.ts'
import type { ControlGroup } from '../../system/cgroup-files.ts'
import { findProcess, listChildren, readRlimit, type ProcessIdentity } from '../../system/process-table.ts'
import { collectText, pipeOf, runProcess, spawnProcess, type ChildProcess } from '../../system/spawn.ts'
import { buildLaunchArguments, FD, isPlain, TASK_SLACK, type StagedBind } from './build-launch-arguments.ts'
import { giveTo } from './change-owner.ts'
import { findCure } from './find-cure.ts'
import { removeSandbox } from './remove-sandbox.ts'
import { STAGE_PLACES, type SandboxHost } from './open-host.ts'
import { assertPolicy, type Bind, type SandboxPolicy } from './policy.ts'
import { buildProcessArguments } from './process-arguments.ts'
import { openPassage } from './open-passage.ts'
import {
  fifoOf,
  readStatusFile,
  statusFileOf,
  writeNames,
  writeSandboxFacts,
  type SandboxFacts,
} from './run-dir.ts'

/** Processes of one sandbox as the host sees them. */
export type SandboxProcesses = {
  /** bubblewrap outside: the launcher's pid, the ledger's. */
  readonly outer: ProcessIdentity
  /** The first process of the sandbox's pid namespace: with it everything inside ends. */
  readonly init: ProcessIdentity
  readonly payload: ProcessIdentity
}

export type Launched = SandboxProcesses & {
  readonly token: string
  readonly runDir: string
  readonly group: ControlGroup | null
  readonly child: ChildProcess
  /** Directories whose files have to be added up, since nothing else bounds them. */
  readonly counted: readonly string[]
  /** Opens the gate: from here the payload runs. */
  readonly go: () => void
  /** Milliseconds of each part, for the figures. */
  readonly timing: Readonly<Record<'prepare' | 'spawn' | 'ready', number>>
}

const READY_DEADLINE_MS = 20_000
/** After its end, for what it wrote before. */
const LAST_WORDS_MS = 200
const COMPLAINT_BYTES = 4096

/** Throws AppError (`sandbox_failed`, `invalid_config`) with nothing left behind. */
export async function launchSandbox(
  host: SandboxHost,
  token: string,
  policy: SandboxPolicy,
): Promise<Launched> {
  assertPolicy(policy)
  const began = host.clock.monotonic()
  const runDir = join(host.runRoot, token)
  host.active.add(token)
  let child: ChildProcess | undefined
  try {
    await mkdir(runDir, { mode: 0o700 })
    const names = host.way === 2 && policy.uid !== null ? await writeNames(runDir, policy.uid) : []
    const binds = await placeBinds([...policy.binds, ...names])
    const group = host.groups === null ? null : await createGroup(host, token, policy)
    const prepared = host.clock.monotonic()
    child = isPlain(host.way)
      ? await spawnPlain(host, policy, { runDir, group })
      : await spawnChain(host, policy, binds, { runDir, group })
    const spawned = host.clock.monotonic()
    const processes = await awaitReady(child, runDir, isPlain(host.way))
    const ready = host.clock.monotonic()
    const { init, payload } = processes
    const program = policy.command[0] ?? ''
    await writeSandboxFacts(runDir, {
      bootId: host.bootId,
      init,
      payload,
      limits: policy.limits,
      program,
      counted: listCounted(policy),
      strays: isPlain(host.way) ? findMark(host, policy) : null,
    })
    await giveFifos(host, runDir, policy.uid)
    const timing = { prepare: prepared - began, spawn: spawned - prepared, ready: ready - spawned }
    const gate = pipeOf(child, FD.gate)
    return {
      ...processes,
      token,
      runDir,
      group,
      child,
      counted: listCounted(policy),
      go: () => gate.end('go\n'),
      timing,
    }
  } catch (error) {
    await removeSandbox(host, token, child?.pid === undefined ? null : findProcess(child.pid))
    throw error instanceof AppError ? error : asSandboxFailure(error)
  }
}

function listCounted({ volume, binds }: SandboxPolicy): string[] {
  return volume?.means === 'counted' ? binds.filter((bind) => bind.writable).map(({ source }) => source) : []
}

function asSandboxFailure(error: unknown): AppError {
  const message = error instanceof Error ? error.message : String(error)
  return new AppError('sandbox_failed', `The sandbox could not be made: ${message}`, {
    cause: error,
    hint: findCure(message),
  })
}

async function createGroup(host: SandboxHost, token: string, { limits }: SandboxPolicy) {
  const memoryBytes = limits.memoryMb * 2 ** 20
  const tasks = limits.maxProcesses + TASK_SLACK
  return (await host.groups?.create(token, { memoryBytes, cpuPercent: limits.cpuPercent, tasks })) ?? null
}

async function placeBinds(wanted: readonly Bind[]): Promise<readonly StagedBind[]> {
  const used = { d: 0, f: 0, v: 0 }
  const placed: StagedBind[] = []
  for (const bind of wanted) {
    const kind = bind.image === true ? 'v' : (await stat(bind.source)).isDirectory() ? 'd' : 'f'
    if (used[kind] === STAGE_PLACES[kind]) throw new Error('too many paths to bind into one sandbox')
    placed.push({ ...bind, place: `${kind}${used[kind]++}` })
  }
  return placed
}

async function spawnChain(
  host: SandboxHost,
  policy: SandboxPolicy,
  binds: readonly StagedBind[],
  at: { readonly runDir: string; readonly group: ControlGroup | null },
): Promise<ChildProcess> {
  const { argv, options, files } = buildLaunchArguments(policy, binds, host.launch, {
    runDir: at.runDir,
    joinFiles: at.group?.joinFiles ?? [],
    ...(host.holder === null || policy.uid === null
      ? {}
      : { held: { enter: await host.holder.enter(), uid: host.holder.inside(policy.uid) } }),
  })
  // A file of its own each time: bubblewrap reads the program to its end through this very offset.
  const filter = await open(host.filterFile, 'r')
  // On a full disk there is no status file, and a handle that nobody closes ends the daemon once it is collected.
  const status = await open(statusFileOf(at.runDir), 'a', 0o600).catch(async (error: unknown) => {
    await filter.close()
    throw error
  })
  try {
    const child = spawnProcess(argv, {
      environment: {},
      detached: true,
      stdio: [
        ...(['ignore', 'ignore', 'pipe', filter.fd, status.fd, 'pipe', 'pipe', 'pipe', 'ignore'] as const),
        ...files.map(() => 'pipe' as const),
      ],
    })
    // A launcher that dies early closes its ends; why it died is on its stderr, not in this error.
    const secrets = files.map((_, index) => FD.secrets + index)
    for (const fd of [FD.options, FD.gate, ...secrets]) pipeOf(child, fd).on('error', () => undefined)
    for (const [index, fd] of secrets.entries()) pipeOf(child, fd).end(files[index])
    pipeOf(child, FD.options).end(options.map((option) => `${option}\0`).join(''))
    return child
  } finally {
    await Promise.all([filter.close(), status.close()])
  }
}

/** Without a pid namespace whatever left the process tree is known by its uid, or by its home where it has none. */
function findMark({ uids }: SandboxHost, { uid, environment, binds }: SandboxPolicy): SandboxFacts['strays'] {
  if (uid !== null) return uids !== null && uid === probeUid(uids) ? null : { uid }
  const home = binds.find(({ target }) => target === environment['HOME'])?.source
  return home === undefined ? null : { home }
}

async function spawnPlain(
  host: SandboxHost,
  policy: SandboxPolicy,
  at: { readonly runDir: string; readonly group: ControlGroup | null },
): Promise<ChildProcess> {
  if (policy.secrets?.some((secret) => secret.as === 'file') === true) {
    throw new Error('secret files need a sandbox, which this host does not offer')
  }
  const { sh, setpriv } = host.launch.programs
  if (policy.uid !== null) {
    await openPassage(
      host.dataDir,
      policy.binds.map(({ source }) => source),
    )
  }
  const fifos = (['in', 'out', 'err'] as const).map((name) => fifoOf(at.runDir, name))
  const mkfifo = host.programs.mkfifo ?? '/usr/bin/mkfifo'
  const made = await runProcess([mkfifo, '-m', '0600', ...fifos], { environment: {}, timeoutMs: 10_000 })
  if (made.code !== 0) throw new Error(made.stderr.trim())
  const { argv, environment } = buildProcessArguments(
    policy,
    { sh, setpriv, setsid: host.programs.setsid ?? '/usr/bin/setsid' },
    {
      runDir: at.runDir,
      joinFiles: at.group?.joinFiles ?? [],
      ownTasks: readRlimit(process.pid, 'Max processes')?.[0] ?? 'unlimited',
    },
  )
  const status = await open(statusFileOf(at.runDir), 'a', 0o600)
  try {
    const child = spawnProcess(argv, {
      environment,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ignore', status.fd, 'ignore', 'pipe', 'pipe'],
    })
    pipeOf(child, FD.gate).on('error', () => undefined)
    return child
  } finally {
    await status.close()
  }
}

async function awaitReady(child: ChildProcess, runDir: string, plain: boolean): Promise<SandboxProcesses> {
  const complaint = collectText(child.stderr, COMPLAINT_BYTES)
  await new Promise<void>((resolve, reject) => {
    const timers = [
      setTimeout(
        () =>
          settle(() => reject(new Error(`not ready after ${READY_DEADLINE_MS / 1000} s. ${complaint()}`))),
        READY_DEADLINE_MS,
      ),
    ]
    const settle = (then: () => void) => {
      for (const timer of timers) clearTimeout(timer)
      then()
    }
    const giveUp = (code: number | null) =>
      settle(() => reject(new Error(complaint().trim() || `the launcher ended with ${code}`)))
    child.once('error', (error) => settle(() => reject(error)))
    child.once('close', giveUp)
    // bubblewrap may die and leave its child, which waits for it and holds the pipes open: `close` never comes then.
    child.once('exit', (code) => void timers.push(setTimeout(giveUp, LAST_WORDS_MS, code)))
    pipeOf(child, FD.ready).once('data', () => settle(resolve))
  })
  const initPid = (await readStatusFile(runDir)).childPid
  // A plain process has no init above it.
  const payloadPid = initPid === null ? undefined : plain ? initPid : listChildren(initPid)[0]
  const [outer, init, payload] = [child.pid, initPid, payloadPid].map((pid) =>
    pid === undefined || pid === null ? null : findProcess(pid),
  )
  if (!outer || !init || !payload || init.parent !== outer.pid) {
    throw new Error(`its processes are not to be found. ${complaint()}`)
  }
  // From here on nobody writes to it but a bubblewrap that fails, and its end is seen otherwise.
  child.stderr?.destroy()
  return { outer: identify(outer), init: identify(init), payload: identify(payload) }
}

/** So that the server can open /dev/stdout again, as scripts do. */
async function giveFifos(host: SandboxHost, runDir: string, uid: number | null): Promise<void> {
  if (uid === null) return
  const fifos = (['in', 'out', 'err'] as const).map((name) => fifoOf(runDir, name))
  if (host.holder === null) {
    await Promise.all(fifos.map((path) => chown(path, uid, uid)))
    return
  }
  // A plain user opens them as their group; the directory is closed to everybody else.
  await Promise.all(fifos.map((path) => chmod(path, 0o660)))
  await giveTo(host, uid, fifos, { group: 'platform', recursive: false })
}

function identify({ pid, startTime }: ProcessIdentity): ProcessIdentity {
  return { pid, startTime }
}
