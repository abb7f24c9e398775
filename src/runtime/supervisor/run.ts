/** One instance from spawn or adoption to its end: streams, handshake, liveness, usage, ledger row. */
import { AppError } from '../../domain/error.ts'
import { buildRedactor } from '../../domain/redaction.ts'
import type { ExitCause } from '../../domain/server-state.ts'
import type { Connection } from '../instance/connection.ts'
import { buildExit } from '../instance/exit/build-exit.ts'
import { startGreeting } from '../instance/greet.ts'
import type { Initialized } from '../instance/handshake.ts'
import { buildLogMask } from '../instance/log-mask.ts'
import { openStreams, type InstanceStreams } from '../instance/open-streams.ts'
import type { Instance, InstanceEnd, LaunchSpec, LimitChange } from '../ports.ts'
import { endLeftovers } from './end-leftovers.ts'
import type { Run, RunDeps, RunHandlers } from './run-types.ts'
import { startServing, type Serving } from './serving.ts'
import { buildLostError, buildStartFailure, isHopeless } from './start-failure.ts'
import { startUsageSampler, type UsageSampler } from './usage-sampler.ts'
import { createUse } from './use.ts'

/** A connection's generation tells processes apart, over all daemons. */
const RUNS_PER_GENERATION = 2 ** 20
/** Between SIGTERM and SIGKILL. */
const STOP_GRACE_MS = 5000
/** After SIGKILL an end is told within moments; what is not told by then is not waited for. */
const UNSEEN_MS = 8000

type StopWish = { readonly cause: ExitCause; readonly detail: string }

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
  const mask = buildLogMask(spec)
  const note = (text: string) => logs.append(serverId, 'platform', mask(text))
  let instance: Instance | null = null
  let stopWish: StopWish | null = null
  let ready: Serving | null = null
  let retired = false
  let sampler: UsageSampler | null = null
  let opened: InstanceStreams | null = null
  /** Ended or released: nothing is told any more. */
  let over = false
  let released = false
  let cancelDeadline = () => {}
  let cancelOverdue = () => {}
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
    const source = {
      serverId,
      server,
      capabilities: key.capabilities,
      awaited,
      keepsEarly: key.owner !== null,
      ...hidden,
    }
    const streams = openStreams(deps, source, found, adopted, (detail) => unfit('protocol', detail))
    opened = streams
    const onUnread = (error: unknown) => deps.logger.debug('No usage of a server', { ...about, err: error })
    sampler = startUsageSampler(found, clock, onUnread, number)
    void found.ended.then(
      (end) => onEnded(end, found, streams),
      (error: unknown) => deps.logger.error('The end of a server was not seen', { ...about, err: error }),
    )
    return streams.connection
  }

  const becomeReady = (plain: Connection, live: Instance, initialized: Initialized, adopted: boolean) => {
    const generation = deps.daemonGeneration * RUNS_PER_GENERATION + number
    ready = startServing(
      deps,
      spec,
      { plain, instance: live, initialized, adopted, generation, use },
      {
        onEvidence: handlers.onEvidence,
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
    ready?.stopLiveness()
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
    facts: () => (ready === null || instance === null ? null : { ...ready.facts, limits: instance.limits }),
    resize: async (change: LimitChange) => instance !== null && !over && (await instance.resize(change)),
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
      ready?.stopLiveness()
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
      ready?.stopLiveness()
      sampler?.stop()
      opened?.connection.close(new AppError('not_ready', 'The platform is handing over to its successor.'))
      instance?.release()
    },
  }
}
