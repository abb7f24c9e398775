import type { Operation } from '../domain/deployment.ts'
import { AppError, ERRORS, renderError } from '../domain/error.ts'
import { SERVER_NAME } from '../domain/id.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Principal } from '../domain/principal.ts'
import { countSeverities } from '../domain/scan-report.ts'
import type { VersionDoor } from '../domain/server.ts'
import { collectTrees } from './collect-trees.ts'
import { learnFirstLimit } from './cold-start/learn-first-limit.ts'
import type { HostingContext } from './context.ts'
import { describeJudgement, judgeScan, type Judgement } from './judge-scan.ts'
import { createOperationRecorder, type OperationRecorder } from './operation-recorder.ts'
import { placeVersion } from './place-version.ts'
import type { Installed, TimedArchive } from './ports.ts'
import { assertRoom, stateOf } from './run-server.ts'
import type { ServerLock } from './server-locks.ts'
import { assertUsable, type GivenSecret } from './server-secrets.ts'
import { tryVersion, type Trial } from './try-version.ts'

export type DeployRequest = {
  readonly archive: TimedArchive
  /** Null: the archive names its server. */
  readonly name: string | null
  /** Fields of server_config.json that win over the archive's; checked by intake. */
  readonly config: JsonObject
  /** Stored once the version is placed, before it starts; they stay when it does not. */
  readonly secrets?: readonly GivenSecret[]
  /** By which door it comes in. */
  readonly via: VersionDoor
  /** False: install only. */
  readonly start: boolean
  /** A reason given beforehand, by somebody who may approve: a version that asks for a review is not held. */
  readonly approve?: string | undefined
}

/** What intake made, with what the scan means for it; null: not scanned. */
type JudgedInstall = Installed & { readonly judgement: Judgement | null }

/** With what its dry run showed. */
export type TriedInstall = JudgedInstall & { readonly trial: Trial }

/** A deployment on its way: what each step needs. */
export type Deployment = {
  readonly request: DeployRequest
  readonly recorder: OperationRecorder
  readonly principal: Principal
}

/**
 * Begins a deployment and answers at once with its operation; the work goes on and always ends.
 * Takes over the archive: it is gone afterwards, whatever happens.
 * Throws `invalid_name`, `conflict` (this server is being deployed) and `limit_reached` before anything is made.
 */
export async function deployServer(
  context: HostingContext,
  request: DeployRequest,
  principal: Principal,
): Promise<Operation> {
  let lock: ServerLock | null = null
  try {
    for (const secret of request.secrets ?? []) assertUsable(secret, secret.as ?? 'file')
    if (request.name !== null) lock = await reserve(context, request.name)
    const recorder = await createOperationRecorder(context, {
      id: context.createId('op'),
      server: request.name ?? '',
      actor: principal.id,
    })
    const work = run(context, { request, recorder, principal }, lock)
    context.live.set(recorder.current().id, { recorder, work })
    return recorder.current()
  } catch (error) {
    lock?.release()
    await context.intake.discard(request.archive)
    throw error
  }
}

/** The name is this deployment's until it ends. */
async function reserve(context: HostingContext, name: string): Promise<ServerLock> {
  if (!SERVER_NAME.test(name)) throw new AppError('invalid_name', `"${name}" cannot be a server's name.`)
  const lock = context.locks.hold(name, 'deployed')
  try {
    if ((await context.servers.findArchived(name)) !== null) {
      throw new AppError('conflict', `The name "${name}" is that of an archived server.`, {
        hint: `Bring it back with haivemind restore ${name}, or remove it with haivemind delete ${name}.`,
      })
    }
    const existing = await context.servers.findByName(name)
    const isCounted = existing !== null && stateOf(context, existing).kind !== 'failed'
    if (!isCounted) await assertRoom(context, name)
    return lock
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Never rejects: whatever happens becomes the end of the operation. */
async function run(
  context: HostingContext,
  deployment: Deployment,
  reserved: ServerLock | null,
): Promise<void> {
  const { request, recorder } = deployment
  let lock = reserved
  let isStored = false
  try {
    const { bytes, hash, beganAt, endedAt } = request.archive
    recorder.stage('receive', 'running', null, beganAt)
    recorder.stage('receive', 'succeeded', `${bytes} bytes, SHA-256 ${hash}`, endedAt)
    const installed = await install(context, deployment)
    lock ??= await adoptName(context, recorder, installed)
    if (installed.judgement === null) auditUnscanned(context, deployment)
    const trial = await tryVersion(context, deployment, installed)
    const fitted = await learnFirstLimit(context, deployment, installed)
    await placeVersion(context, deployment, { ...fitted, trial }, lock)
    isStored = await recorder.end('succeeded', null)
  } catch (error) {
    const told = explainEnd(context, recorder) ?? error
    if (!(told instanceof AppError)) context.onDefect(told, recorder.current().id)
    isStored = await endBadly(recorder, told)
  } finally {
    lock?.release()
    await context.intake.discard(request.archive).catch(() => undefined)
    if (isStored) context.live.delete(recorder.current().id)
    // What cannot be collected now is collected at the next deletion, deployment or start.
    await collectTrees(context).catch(() => undefined)
  }
}

async function install(context: HostingContext, deployment: Deployment): Promise<JudgedInstall> {
  const { request, recorder, principal } = deployment
  const approval = request.approve === undefined ? null : { reason: request.approve, by: principal }
  let judgement: Judgement | null = null
  const installed = await context.intake.install(
    {
      archive: request.archive,
      config: request.config,
      onStage: (stage, status, note) => recorder.stage(stage, status, note),
      onLog: (stage, line) => recorder.log(stage, line),
      async onScan(report) {
        const { id: operationId, server } = recorder.current()
        judgement = await judgeScan(context, report, approval, { operationId, server, actor: principal.id })
        return describeJudgement(judgement)
      },
    },
    AbortSignal.any([context.closing, recorder.cancelled]),
  )
  return { ...installed, judgement }
}

/** Throws `audit_unavailable`: then it does not come in. */
function auditUnscanned(context: HostingContext, { recorder, principal, request }: Deployment): void {
  const { server, id } = recorder.current()
  const nothing = { verdict: 'skipped', counts: countSeverities([]), rules: [], approved: false } as const
  context.events.emit({ type: 'scan.ended', operationId: id, server, ...nothing }, principal.id)
  context.audit.record({
    actor: principal.id,
    via: 'platform',
    ip: null,
    action: 'scan.skip',
    resource: `server:${server}`,
    outcome: 'success',
    requestId: null,
    details: { operation: id, archive: request.archive.hash },
  })
}

async function adoptName(
  context: HostingContext,
  recorder: OperationRecorder,
  { name }: Installed,
): Promise<ServerLock> {
  if (name === null) {
    throw new AppError('invalid_name', 'Neither the request nor the archive names the server.', {
      hint: 'Send a name, or put "name" into server_config.json.',
    })
  }
  const lock = await reserve(context, name)
  await recorder.note({ server: name })
  return lock
}

/** Ended from outside: what broke inside only followed from it. */
function explainEnd(context: HostingContext, { cancelled }: OperationRecorder): AppError | null {
  if (cancelled.aborted) {
    return cancelled.reason === 'deleted'
      ? new AppError('conflict', 'The server was deleted while it was being deployed.')
      : new AppError('conflict', 'The deployment was cancelled.', {
          hint: 'Deploy again when you want it: nothing of it is left.',
        })
  }
  if (!context.closing.aborted) return null
  return new AppError('not_ready', 'The platform stopped while this deployment was going on.', {
    hint: 'Deploy again: nothing of it is left.',
  })
}

async function endBadly(recorder: OperationRecorder, error: unknown): Promise<boolean> {
  const body = renderError(error)
  const { stages } = recorder.current()
  // What is wrong before a stage began ends that stage: a malformed config is found before validation starts.
  const broken =
    stages.find(({ status }) => status === 'running' || status === 'failed') ??
    stages.find(({ status }) => status === 'pending')
  if (broken !== undefined && broken.status !== 'failed') recorder.stage(broken.stage, 'failed', body.message)
  // The picture in domain/deployment.ts: what validation and scan refuse is rejected, all else has failed.
  const isRefused = broken?.stage === 'validate' || broken?.stage === 'scan' || body.code === 'scan_blocked'
  const isCallers = ERRORS[body.code].fault === 'caller'
  return recorder.end(isRefused && isCallers ? 'rejected' : 'failed', body)
}
