/** One instance from spawn or adoption to its end: streams, handshake, liveness, usage, ledger row. */
import { AppError } from '../../domain/error.ts'
import type { Clock } from '../../domain/clock.ts'
import { isSameKey, type Era } from '../../domain/process-key.ts'
import { buildRedactor } from '../../domain/redaction.ts'
import type { InstanceId, ServerId } from '../../domain/id.ts'
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import type { LogStream } from '../../domain/log-line.ts'
import type { InstanceFacts, ResourceUsage } from '../../domain/server.ts'
import type { Evidence, Vigil } from '../../domain/health.ts'
import type { Exit, ExitCause } from '../../domain/server-state.ts'
import type { Logger } from '../../system/log.ts'
import type { Connection } from '../instance/connection.ts'
import { buildExit } from '../instance/exit/build-exit.ts'
import { startGreeting } from '../instance/greet.ts'
import type { Initialized } from '../instance/handshake.ts'
import { createModernConnection } from '../instance/modern/modern-connection.ts'
import { openStreams, type InstanceStreams } from '../instance/open-streams.ts'
import { buildLogMask } from '../instance/log-mask.ts'
import type { Backend, Instance, InstanceEnd, LaunchSpec, Ledger, ServerRecords } from '../ports.ts'
import { createGate } from './gate.ts'
import { startLiveness } from './liveness.ts'
import {
  buildFacts,
  buildServerConnection,
  type Activity,
  type RetirableConnection,
  type ServerConnection,
} from './server-connection.ts'
import type { Presence } from './presence.ts'
import { createUse } from './use.ts'
import { buildStartFailure, isHopeless } from './start-failure.ts'
import { startUsageSampler, type UsageSampler } from './usage-sampler.ts'

/** A connection's generation tells processes apart, over all daemons. */
const RUNS_PER_GENERATION = 2 ** 20
/** Between SIGTERM and SIGKILL. */
const STOP_GRACE_MS = 5000
/** After SIGKILL an end is told within moments; what is not told by then is not waited for. */
const UNSEEN_MS = 8000

export type RunDeps = {
  readonly backend: Backend
  readonly ledger: Ledger
  readonly records: Pick<ServerRecords, 'beginLaunch'>
  readonly logs: { append(serverId: ServerId, stream: LogStream, text: string): void }
  readonly clock: Clock
  readonly logger: Logger
  readonly daemonGeneration: number
  readonly platformVersion: string
  /** A call of an earlier daemon goes on in this instance. */
  readonly isAwaited?: (instanceId: InstanceId) => boolean
  readonly presence: Presence
  /** Each look at whether a process answers, of all servers. */
  readonly onEvidence?: (serverId: ServerId, evidence: Evidence) => void
}

type StopWish = { readonly cause: ExitCause; readonly detail: string }

/** What becomes of a run. `onEnded` comes exactly once and last, unless the run is released. */
export type RunHandlers = {
  /** How the process before it ended. */
  readonly lastExit: () => Exit | null
  readonly onReady: (era: Era) => void
  readonly onUnfit: (cause: ExitCause, detail: string) => void
  readonly onEvidence: (evidence: Evidence, vigil: Vigil) => void
  readonly onEnded: (exit: Exit, final: boolean) => void
}

export interface Run {
  /** Null until it was made. */
  instanceId(): InstanceId | null
  /** Null until MCP initialization was answered. */
  connection(): ServerConnection | null
  facts(): InstanceFacts | null
  usage(): ResourceUsage | null
  /** Null until it may be used. */
  activity(): Activity | null
  /** Closes it for callers unless somebody needs it; true: nothing can be lost by stopping it now. */
  retire(): boolean
  /** Closes it for callers although it is needed: what it was asked before it still answers. */
  supersede(error: AppError): void
  /** The first cause wins. Also ends a run that is not spawned yet, as soon as it is. */
  stop(cause: ExitCause, detail: string): void
  /** For one whose end nobody told: ends whatever is left of it, then the run, as if that had been seen. */
  endUnseen(): Promise<void>
  /** Leaves the instance running and forgets it. */
  release(): void
}

/** @param number differs for every run of this daemon. */
export function startRun(deps: RunDeps, spec: LaunchSpec, number: number, handlers: RunHandlers): Run {
  const run = createRun(deps, spec, number, handlers)
  void run.spawn()
  return run
}

export function adoptRun(
  deps: RunDeps,
  spec: LaunchSpec,
  number: number,
  handlers: RunHandlers,
  found: { readonly instance: Instance; readonly initialized: Initialized },
): Run {
  const run = createRun(deps, spec, number, handlers)
  run.adopt(found.instance, found.initialized)
  return run
}

function createRun(deps: RunDeps, spec: LaunchSpec, number: number, handlers: RunHandlers) {
  const { clock, logs, ledger } = deps
  const { serverId, server, config, key } = spec
  /** Who a record of the log is about. */
  const about = { server_id: serverId, version_id: spec.versionId, server }
  const use = createUse(clock)
  const gate = createGate()
  const mask = buildLogMask(spec)
  const note = (text: string) => logs.append(serverId, 'platform', mask(text))
  let instance: Instance | null = null
  let stopWish: StopWish | null = null
  let ready: { readonly connection: RetirableConnection; readonly facts: InstanceFacts } | null = null
  let retired = false
  let sampler: UsageSampler | null = null
  let opened: InstanceStreams | null = null
  /** Ended or released: nothing is told any more. */
  let over = false
  let released = false
  let cancelDeadline = () => {}
  let cancelOverdue = () => {}
  let stopLiveness = () => {}
  let unwatch = () => {}

  const phase = () => (ready === null ? 'starting' : 'serving')
  const unfit = (cause: ExitCause, detail: string) => {
    if (!over) handlers.onUnfit(cause, detail)
  }

  const activity = () =>
    ready === null || opened === null ? null : use.read(opened.connection.vitals().inFlight)

  const attach = (found: Instance, adopted: Initialized | null): Connection => {
    instance = found
    unwatch = deps.presence.watch(found.instanceId)
    const hidden = { mask, redactor: buildRedactor(spec.secrets) }
    const awaited = adopted !== null && deps.isAwaited?.(found.instanceId) === true
    const about = {
      serverId,
      server,
      capabilities: key.capabilities,
      awaited,
      keepsEarly: key.owner !== null,
      ...hidden,
    }
    const streams = openStreams(deps, about, found, adopted, (detail) => unfit('protocol', detail))
    opened = streams
    sampler = startUsageSampler(found, clock, (error) =>
      deps.logger.debug('No usage of a server', { ...about, err: error }),
    )
    void found.ended.then(
      (end) => onEnded(end, found, streams),
      (error: unknown) => deps.logger.error('The end of a server was not seen', { ...about, err: error }),
    )
    return streams.connection
  }

  const becomeReady = (plain: Connection, live: Instance, initialized: Initialized, adopted: boolean) => {
    const connection =
      initialized.era === 'legacy'
        ? plain
        : createModernConnection(plain, {
            capabilities: readCapabilities(initialized),
            platformVersion: deps.platformVersion,
            clock,
            pings: live.http !== null && live.http.healthPath !== null,
          })
    const generation = deps.daemonGeneration * RUNS_PER_GENERATION + number
    ready = {
      connection: buildServerConnection(
        connection,
        { serverId, key: { ...key, era: initialized.era }, generation, instanceId: live.instanceId },
        initialized,
        { ...use, gate },
      ),
      facts: buildFacts(live, initialized, adopted),
    }
    stopLiveness = startLiveness(
      connection,
      clock,
      {
        intervalMs: config.healthCheckIntervalSeconds * 1000,
        atOnce: adopted,
        health: adopted ? 'unknown' : 'healthy',
        how: findProbe(live, initialized),
      },
      {
        onEvidence(evidence, vigil) {
          handlers.onEvidence(evidence, vigil)
          gate.set(vigil.health !== 'unhealthy')
        },
        onDead: (detail) => unfit('health', detail),
      },
    )
  }

  const endUnseen = async () => {
    if (instance === null || opened === null || over) return
    const row = (await ledger.list()).find(({ instanceId }) => instanceId === instance?.instanceId)
    if (row !== undefined) await deps.backend.reap(row)
    if (over) return
    const wish = stopWish ?? { cause: 'platform' as const, detail: 'It was gone, and its end was not seen.' }
    const end = { ...wish, code: null, signal: null, hint: null, at: clock.now() }
    instance.release()
    await onEnded(end, instance, opened)
  }

  /** Again until it is done: a daemon that stops waits for it, and nobody else looks then. */
  const endWhenOverdue = (milliseconds: number) => {
    cancelOverdue = clock.after(milliseconds, () => {
      endUnseen().catch((error: unknown) => {
        deps.logger.error('What is left of a server could not be ended', { server, err: error })
        if (!over) endWhenOverdue(UNSEEN_MS)
      })
    })
  }

  const climbDown = (live: Instance, wish: StopWish) => {
    endWhenOverdue(STOP_GRACE_MS + UNSEEN_MS)
    live.stop(wish.cause, wish.detail, STOP_GRACE_MS).catch((error: unknown) => {
      deps.logger.error('A server could not be stopped', { ...about, err: error })
    })
  }

  const initialize = (connection: Connection, started: Instance) => {
    const { platformVersion } = deps
    const greeting = {
      platformVersion,
      era: key.era,
      capabilities: key.capabilities,
      isTrial: spec.eras === null,
    }
    startGreeting(connection, greeting, {
      onRefused: (detail) => unfit('init_failed', detail),
      onReady(initialized) {
        cancelDeadline()
        // Kept before anybody may use it: a daemon that dies now finds a server it can adopt.
        void ledger
          .update(started.instanceId, {
            initializeResult: initialized.result,
            key: { ...key, era: initialized.era },
          })
          .catch((error: unknown) => deps.logger.error('A ledger row was not kept', { ...about, err: error }))
          .then(() => {
            if (over || stopWish !== null) return
            note(`Answers MCP ${initialized.protocolVersion}`)
            becomeReady(connection, started, initialized, false)
            handlers.onReady(initialized.era)
          })
      },
    })
  }

  const onEnded = async (end: InstanceEnd, ended: Instance, streams: InstanceStreams) => {
    // An end that was found out otherwise may still be told.
    if (over) return
    over = true
    cancelDeadline()
    cancelOverdue()
    stopLiveness()
    sampler?.stop()
    await streams.drained()
    const exit = buildExit(
      { ...end, detail: mask(end.detail) },
      streams.lastWords(),
      phase(),
      handlers.lastExit(),
    )
    streams.connection.close(buildLostError(server, exit))
    note(`Ended (${exit.cause}): ${exit.detail}`)
    await ledger
      .remove(ended.instanceId)
      .catch((error: unknown) => deps.logger.error('A ledger row was not removed', { ...about, err: error }))
      .finally(unwatch)
    if (!released) handlers.onEnded(exit, isHopeless(exit))
  }

  return {
    async spawn() {
      const seconds = config.startTimeoutSeconds
      cancelDeadline = clock.after(seconds * 1000, () =>
        unfit('start_timeout', `It did not answer MCP initialize within ${seconds} s.`),
      )
      try {
        await endLeftovers(deps, spec)
        await deps.records.beginLaunch(spec)
        const started = await deps.backend.start(spec, ledger)
        if (released) return started.release()
        note(`Started, pid ${started.pid}`)
        const connection = attach(started, null)
        if (stopWish !== null) climbDown(started, stopWish)
        else initialize(connection, started)
      } catch (error) {
        cancelDeadline()
        if (released) return
        if (!(error instanceof AppError))
          deps.logger.error('Starting a server failed', { ...about, err: error })
        const failure = buildStartFailure(error, clock.now())
        note(`Not started (${failure.exit.cause}): ${failure.exit.detail}`)
        handlers.onEnded(failure.exit, failure.final)
      }
    },
    adopt(found: Instance, initialized: Initialized) {
      note('Taken over after a restart of the platform; lines may be missing before this one')
      becomeReady(attach(found, initialized), found, initialized, true)
      if (found.defect !== null) unfit('platform', found.defect)
    },
    connection: () => (retired ? null : (ready?.connection ?? null)),
    facts: () => ready?.facts ?? null,
    usage: () => sampler?.latest() ?? null,
    activity,
    retire() {
      const now = activity()
      if (ready === null || now === null || now.inFlight > 0 || now.holds > 0 || stopWish !== null)
        return false
      retired = true
      ready.connection.retire(new AppError('server_not_running', `Nobody used this process of ${server}.`))
      return true
    },
    supersede(error: AppError) {
      retired = true
      ready?.connection.retire(error)
    },
    stop(cause: ExitCause, detail: string) {
      if (stopWish !== null) return
      stopWish = { cause, detail }
      stopLiveness()
      cancelDeadline()
      if (instance !== null) climbDown(instance, stopWish)
    },
    instanceId: () => instance?.instanceId ?? null,
    endUnseen,
    release() {
      released = true
      over = true
      cancelDeadline()
      cancelOverdue()
      stopLiveness()
      sampler?.stop()
      opened?.connection.close(new AppError('not_ready', 'The platform is handing over to its successor.'))
      instance?.release()
    },
  }
}

/** What a `ping` is to this server. */
function findProbe({ http }: Instance, { era }: Initialized) {
  if (http !== null && http.healthPath !== null) return 'health_check_url'
  return era === 'modern' ? 'server/discover' : 'ping'
}

function readCapabilities({ result }: Initialized): JsonObject {
  const { capabilities } = result
  return isJsonObject(capabilities) ? capabilities : {}
}

/** At most one instance of a key: what an earlier attempt could not end has to be gone first. */
async function endLeftovers(
  { backend, ledger, presence }: RunDeps,
  { serverId, versionId, key }: LaunchSpec,
): Promise<void> {
  for (const row of await ledger.list()) {
    if (row.serverId !== serverId || !isSameKey(row.key, key)) continue
    if (!presence.isLeftover(row, versionId)) continue
    await backend.reap(row)
    await ledger.remove(row.instanceId)
  }
}

function buildLostError(server: string, exit: Exit): AppError {
  return new AppError('server_stopped_answering', `${server} ended before it answered: ${exit.detail}`, {
    hint: exit.hint?.replaceAll('<name>', server),
    details: { cause: exit.cause },
  })
}
