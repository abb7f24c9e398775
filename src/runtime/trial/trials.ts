/**
 * The dry run of a version before its first real start: a throw-away sandbox of the same kind that dies with the daemon,
 * bait in place of everything worth stealing, and a proxy that leads nowhere.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DryRunReport } from '../../domain/dry-run.ts'
import { isAtLeast, tierOf, type IsolationTier } from '../../domain/enforcement.ts'
import { AppError } from '../../domain/error.ts'
import { startRepeating } from '../../domain/repeat.ts'
import type { RuntimeKind } from '../../domain/runtime-kind.ts'
import { Secret } from '../../domain/secret.ts'
import type { ServerConfig } from '../../domain/server.ts'
import { jobUid } from '../../domain/uid-block.ts'
import { listTree, readCommandLine } from '../../system/process-table.ts'
import { createId, createToken } from '../../system/random.ts'
import { openInstance } from '../backends/bubblewrap-instance.ts'
import { openListenerInside } from '../egress/open-listener.ts'
import { buildProxyEnvironment } from '../egress/proxy-address.ts'
import { recordPlaces, type PlaceRecorder } from '../egress/record-places.ts'
import { readFairly } from '../instance/read-fairly.ts'
import type { Instance } from '../ports.ts'
import { isPlain } from '../sandbox/build-launch-arguments.ts'
import { BASE_ENVIRONMENT, boundHeap } from '../sandbox/build-server-policy.ts'
import { giveTo } from '../sandbox/change-owner.ts'
import type { Interpreters } from '../sandbox/interpreters.ts'
import { launchSandbox, type Launched } from '../sandbox/launch.ts'
import { createSandboxToken, type SandboxHost } from '../sandbox/open-host.ts'
import { createPlaceQueue } from '../sandbox/place-queue.ts'
import type { SandboxPolicy } from '../sandbox/policy.ts'
import { needsWatchdog, readEnforcement, renderGaps } from '../sandbox/read-enforcement.ts'
import { removeSandbox } from '../sandbox/remove-sandbox.ts'
import { resolveProgram } from '../sandbox/resolve-command.ts'
import { buildBait, layFiles, listRead, notesReads, type BaitSet } from './bait.ts'
import { converse } from './converse.ts'
import { listKept, listSpoken } from './find-leaks.ts'

export type TrialDeps = {
  readonly host: SandboxHost
  readonly interpreters: Interpreters
  readonly minTier: IsolationTier
  readonly platformVersion: string
}

export type TrialSpec = {
  readonly runtime: RuntimeKind
  readonly command: readonly string[]
  /** Host path of the installed tree. */
  readonly appDir: string
  readonly config: ServerConfig
  readonly seconds: number
}

export interface Trials {
  /** Throws AppError (`sandbox_failed`, `isolation_too_weak`, `command_not_found`) when it cannot run contained. */
  run(spec: TrialSpec, signal: AbortSignal): Promise<DryRunReport>
}

/** How many run at once; installs have the places before. */
const PLACES = 8
const FIRST_PLACE = 50
/** What it does right after its first answers is watched too. */
const LINGER_MS = 150
const LOOK_MS = 50
const MAX_PROGRAMS = 50
const MAX_LOG = 1024 * 1024
const OPEN_FILES = 4096
const TMP_BYTES = 64 * 2 ** 20

const NOT_RUN: DryRunReport = {
  outcome: 'not_run',
  detail: 'a plain process has no network of its own, in which a dry run could be watched',
  seconds: 0,
  places: [],
  leaks: [],
  read: null,
  programs: [],
  definitions: [],
}

export function createTrials(deps: TrialDeps): Trials {
  const { host } = deps
  const queue = createPlaceQueue(PLACES)
  return {
    async run(spec, signal) {
      // A plain process has no network of its own: nothing would keep it from sending what it finds.
      if (isPlain(host.way)) return NOT_RUN
      const place = await queue.enter([], signal)
      if (place === null) throw new AppError('not_ready', 'The dry run was cut short.')
      const scratch = createSandboxToken(host, 's')
      const home = join(host.runRoot, scratch)
      host.active.add(scratch)
      try {
        await mkdir(home, { mode: 0o700 })
        const names = spec.config.secrets.map(({ name }) => name)
        const bait = buildBait(createValue, names)
        // Before anything of the version ran: later its names are its own.
        const tellsReads = await notesReads(home)
        await layFiles(home, bait.files)
        const uid = host.uids === null ? null : jobUid(host.uids, FIRST_PLACE + place.number)
        await giveTo(host, uid, [home])
        return await runTrial(deps, spec, { home, bait, uid, tellsReads }, signal)
      } finally {
        await removeSandbox(host, scratch)
        place.leave()
      }
    },
  }
}

type Scene = {
  readonly home: string
  readonly bait: BaitSet
  readonly uid: number | null
  readonly tellsReads: boolean
}

async function runTrial(
  deps: TrialDeps,
  spec: TrialSpec,
  scene: Scene,
  signal: AbortSignal,
): Promise<DryRunReport> {
  const { host } = deps
  const began = host.clock.monotonic()
  const policy = await planTrial(deps, spec, scene)
  const launched = await launchSandbox(host, createSandboxToken(host, 'j'), policy)
  try {
    const { instance, recorder } = await openTrial(deps, launched, policy)
    let log = ''
    readFairly(instance.stderr, (chunk) => {
      if (log.length < MAX_LOG) log += chunk.toString('latin1')
    })
    const programs = watchPrograms(host, launched)
    launched.go()
    const talk = await converse(instance, { ...deps, clock: host.clock }, spec.seconds, signal)
    if (talk.outcome === 'answered') await linger(host, LINGER_MS)
    programs.stop()
    await instance.stop('asked', 'The dry run is over.', 0)
    // Theirs until now: only their owner may look into them.
    await giveTo(host, null, [scene.home])
    const read = scene.tellsReads ? await listRead(scene.home, scene.bait.files) : null
    const leaks = [
      ...listSpoken(scene.bait, recorder, talk, log),
      ...(await listKept(scene.home, scene.bait)),
    ]
    return {
      outcome: talk.outcome,
      detail: talk.detail === null ? null : [talk.detail, lastLine(log)].filter(Boolean).join(' '),
      seconds: (host.clock.monotonic() - began) / 1000,
      places: recorder.places(),
      leaks,
      read,
      programs: programs.seen(),
      definitions: talk.definitions,
    }
  } finally {
    await removeSandbox(host, launched.token, launched.outer)
  }
}

async function planTrial(
  { host, interpreters }: TrialDeps,
  { runtime, command, appDir, config }: TrialSpec,
  { home, bait, uid }: Scene,
): Promise<SandboxPolicy> {
  const [word = ''] = command
  const extra = runtime === 'node' || word === 'node' ? [await interpreters.nodeBind()] : []
  const program = await resolveProgram(word, { appDir, nodeDir: extra[0]?.source ?? null })
  const bytes = config.limits.diskMb * 2 ** 20
  return {
    uid,
    command: boundHeap([program, ...command.slice(1)], config.limits.memoryMb),
    environment: {
      ...BASE_ENVIRONMENT,
      ...bait.variables,
      ...config.environment,
      ...buildProxyEnvironment(),
    },
    secrets: config.secrets.map(({ name, as }) => ({
      name,
      as,
      value: new Secret(bait.secrets[name] ?? ''),
    })),
    binds: [
      { source: appDir, target: '/app', writable: false },
      { source: home, target: '/data', writable: true },
      ...extra,
    ],
    limits: config.limits,
    tmpBytes: TMP_BYTES,
    openFiles: Math.min(OPEN_FILES, host.maxOpenFiles),
    fileBytes: bytes,
    volume: { means: 'counted', source: home, bytes, why: null },
    diesWithDaemon: true,
  }
}

/** Nothing of it has run yet. Throws when it is not contained as it must be. */
async function openTrial(
  { host, minTier }: TrialDeps,
  launched: Launched,
  policy: SandboxPolicy,
): Promise<{ readonly instance: Instance; readonly recorder: PlaceRecorder }> {
  const confirmation = await readEnforcement(launched, policy, host.way)
  if (confirmation.kind === 'broken') {
    throw new AppError('isolation_too_weak', `The dry run was refused before it ran: ${confirmation.why}.`)
  }
  const { enforcement } = confirmation
  if (!isAtLeast(tierOf(enforcement), minTier)) {
    const gaps = renderGaps(enforcement)
    throw new AppError(
      'isolation_too_weak',
      `The dry run reached only tier "${tierOf(enforcement)}": ${gaps}.`,
    )
  }
  const recorder = recordPlaces(await openListenerInside(host, launched.outer.pid), host.clock)
  try {
    const subject = {
      ...launched,
      limits: policy.limits,
      program: policy.command[0] ?? '',
      needsWatchdog: needsWatchdog(enforcement),
    }
    const network = { egress: [], http: null, defect: null, refused: () => [], close: () => recorder.close() }
    const uid = policy.uid ?? process.getuid?.() ?? 0
    return {
      instance: openInstance(host, subject, { instanceId: createId('ins'), uid, enforcement, network }),
      recorder,
    }
  } catch (error) {
    recorder.close()
    throw error
  }
}

/** By looking now and then: what lives for less than that may go unseen. */
function watchPrograms(host: SandboxHost, { init, payload }: Launched) {
  const seen = new Set<string>()
  const stop = startRepeating(host.clock, LOOK_MS, () => {
    for (const { pid } of listTree(init.pid)) {
      if (pid === init.pid || pid === payload.pid || seen.size >= MAX_PROGRAMS) continue
      const line = readCommandLine(pid).join(' ').slice(0, 200)
      if (line !== '') seen.add(line)
    }
  })
  return { seen: () => [...seen], stop }
}

function lastLine(log: string): string | undefined {
  return log.trimEnd().split('\n').at(-1)?.slice(0, 300)
}

function createValue(length: number): string {
  return createToken(2 * length)
    .replaceAll(/[-_]/g, '')
    .slice(0, length)
}

function linger({ clock }: SandboxHost, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void clock.after(milliseconds, resolve))
}
