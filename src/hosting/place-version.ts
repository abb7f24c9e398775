/** From an installed tree to a server that has it: made new, or switched over from its earlier version. */
import { describeChange, type DefinitionChange } from '../domain/definition.ts'
import { AppError } from '../domain/error.ts'
import type { JsonObject } from '../domain/json.ts'
import { FOR_GOOD } from '../domain/lifetime.ts'
import type { Principal } from '../domain/principal.ts'
import type { Server, Version } from '../domain/server.ts'
import type { ToolChange, VersionWatch } from '../domain/version-watch.ts'
import { isIdle } from '../domain/server-state.ts'
import { removeSpareVersions } from './cleanup/spare-versions.ts'
import { compareWithBefore } from './compare-tools.ts'
import type { HostingContext } from './context.ts'
import { removeEverything } from './delete-server.ts'
import type { Deployment, TriedInstall } from './deploy-server.ts'
import { stateOf, stopAndWait } from './run-server.ts'
import { wasHeld } from './judge-definitions.ts'
import type { OperationRecorder } from './operation-recorder.ts'
import type { ServerLock } from './server-locks.ts'
import { storeSecrets } from './server-secrets.ts'
import { describeTools, startAndVerify } from './start-and-verify.ts'
import { buildServerSubject, buildTriedSubject } from './start-subject.ts'
import { setExpiry } from './cleanup/set-expiry.ts'
import { switchVersion } from './switch-version.ts'
import { joinLooks } from './try-version.ts'

export async function placeVersion(
  context: HostingContext,
  deployment: Deployment,
  installed: TriedInstall,
  lock: ServerLock,
): Promise<void> {
  const existing = await context.servers.findByName(deployment.recorder.current().server)
  if (existing === null) await placeFirst(context, deployment, installed)
  else await placeNext(context, deployment, installed, existing, lock)
}

/**
 * A first version that was installed but does not start stays as a server with its status, logs and last exit,
 * so that its owner can see why; anything that fails before that leaves nothing.
 */
async function placeFirst(
  context: HostingContext,
  deployment: Deployment,
  installed: TriedInstall,
): Promise<void> {
  const { recorder, request, principal } = deployment
  const id = context.createId('srv')
  const name = recorder.current().server
  const version = buildVersion(context, installed, {
    serverId: id,
    number: 1,
    createdBy: principal.id,
    createdVia: request.via,
  })
  const isHeld = version.review?.state === 'pending'
  // Noted first: what a killed daemon leaves half made is found by it and removed (close-open-operations.ts).
  await recorder.note({ serverId: id, versionId: version.id })
  try {
    const uid = context.settings.distinctUids ? await context.uids.allocate(id) : null
    await context.files.prepare(id)
    const now = context.clock.now()
    await context.servers.create({
      id,
      name,
      desired: request.start && !isHeld ? 'running' : 'stopped',
      activeVersion: version.id,
      uid,
      overrides: {},
      lastState: { kind: 'stopped', lastExit: null },
      restarts: 0,
      lifetime: { ...FOR_GOOD, expiresAt: installed.expiresAt ?? null },
      watch: null,
      createdAt: now,
      updatedAt: now,
    })
    await keepVersion(context, version, installed)
    context.supervision.track(id, name)
    await storeSecrets(context, { id, name }, version.config, request.secrets ?? [], principal)
  } catch (error) {
    await removeEverything(context, id, principal.id)
    throw error
  }
  context.events.emit({ type: 'server.created', serverId: id, server: name }, principal.id)
  announce(context, version, name, principal)
  if (isHeld) return skipStart(deployment, HELD)
  if (!request.start) return skipStart(deployment, 'not asked for')
  try {
    const subject = buildServerSubject(context, { id, name })
    const tools = await startAndVerify(context, deployment, subject, installed.trial.places)
    recorder.stage('verify', 'succeeded', describeTools(tools))
  } catch (error) {
    if (await wasHeld(context, version.id)) return noteHeld(deployment)
    // The platform stops: it was neither seen to start nor to fail, so it is as if it had never been.
    if (context.closing.aborted) await removeEverything(context, id, principal.id)
    throw error
  }
}

async function placeNext(
  context: HostingContext,
  deployment: Deployment,
  installed: TriedInstall,
  server: Server,
  lock: ServerLock,
): Promise<void> {
  const { recorder, request, principal } = deployment
  const earlier = await context.versions.list(server.id)
  const number = (earlier[0]?.number ?? 0) + 1
  const version = buildVersion(context, installed, {
    serverId: server.id,
    number,
    createdBy: principal.id,
    createdVia: request.via,
  })
  await recorder.note({ serverId: server.id, versionId: version.id, replaces: server.activeVersion })
  await keepVersion(context, version, installed)
  try {
    await storeSecrets(context, server, version.config, request.secrets ?? [], principal)
    if (version.review?.state === 'pending') {
      skipStart(deployment, `${HELD}; the server goes on with the version before`)
    } else if (request.start) {
      lock.beginSwitch()
      await switchVersion(context, {
        server,
        to: version,
        actor: principal.id,
        cancelled: recorder.cancelled,
        also: () => ({ watch: buildWatch(context, version, server) }),
        async check(tried) {
          const subject = buildTriedSubject(context, server, tried)
          const tools = await startAndVerify(context, deployment, subject, installed.trial.places)
          if (await wasHeld(context, version.id)) throw new AppError('approval_required', HELD)
          recorder.stage('verify', 'succeeded', await describeDifference(context, recorder, version, tools))
        },
      })
    } else {
      await placeWithoutStart(context, deployment, server, version)
    }
  } catch (error) {
    if (!(await wasHeld(context, version.id))) {
      await context.versions.remove(version.id)
      throw error
    }
    noteHeld(deployment)
  } finally {
    lock.endSwitch()
  }
  announce(context, version, server.name, principal)
  await setExpiry(context, server, installed.expiresAt)
  await removeSpareVersions(context, server)
}

/** A stopped server has the new version from its next start on; a running one, or one that rests, is left alone. */
async function placeWithoutStart(
  context: HostingContext,
  deployment: Deployment,
  server: Server,
  version: Version,
): Promise<void> {
  const state = stateOf(context, server)
  if ((state.kind === 'stopped' && !isIdle(state)) || state.kind === 'failed') {
    // Out of `failed`, whose exit belongs to the earlier version.
    if (state.kind === 'failed') await stopAndWait(context, server.id, deployment.principal.id)
    await context.servers.update(server.id, {
      activeVersion: version.id,
      desired: 'stopped',
      updatedAt: context.clock.now(),
    })
    skipStart(deployment, 'not asked for')
  } else {
    skipStart(deployment, `not asked for: the server goes on as it is; version ${version.number} is kept`)
  }
}

/** The tools of it, with what differs from the version before. */
async function describeDifference(
  context: HostingContext,
  recorder: OperationRecorder,
  version: Version,
  tools: readonly JsonObject[],
): Promise<string> {
  const { replaces } = recorder.current()
  const changes = replaces === null ? null : await compareWithBefore(context, replaces, version.id, tools)
  for (const change of changes ?? []) recorder.log('verify', describeChange(change))
  if (changes !== null) await recorder.note({ changes: changes.slice(0, MAX_CHANGES).map(renderChange) })
  const count = changes?.length ?? 0
  const differs = count === 0 ? '' : `; ${count} definitions differ from the version before`
  return `${describeTools(tools)}${differs}`
}

/** Of one server of which nothing is like before; what the rest is, its log says. */
const MAX_CHANGES = 200
/** Characters of a name: the server chose it. */
const MAX_NAME = 128

function renderChange({ kind, name, change }: DefinitionChange): ToolChange {
  return { kind, name: name.slice(0, MAX_NAME), change }
}

/** Null where nothing was there that could be gone back to. */
function buildWatch(
  { clock, settings }: HostingContext,
  version: Version,
  { activeVersion }: Server,
): VersionWatch | null {
  if (activeVersion === null || settings.watchMs === 0) return null
  return { versionId: version.id, replaces: activeVersion, until: clock.now() + settings.watchMs }
}

/** Why a version that asks for a review does not start. */
const HELD = 'held: what was found asks for a review, and nobody has approved it yet'

async function keepVersion(
  context: HostingContext,
  version: Version,
  { judgement, trial }: TriedInstall,
): Promise<void> {
  await context.versions.create(version)
  await context.findings.add(version.id, [...(judgement?.findings ?? []), ...trial.findings])
}

/** It ran, and what it said of itself asks for a review. */
function noteHeld({ recorder }: Deployment): void {
  recorder.stage('start', 'succeeded', 'ran until it was held')
  recorder.stage('verify', 'skipped', 'held: what it says of itself asks for a review; see its findings')
}

function skipStart({ recorder }: Deployment, why: string): void {
  recorder.stage('start', 'skipped', why)
  recorder.stage('verify', 'skipped', why)
}

function buildVersion(
  context: HostingContext,
  installed: TriedInstall,
  own: Pick<Version, 'serverId' | 'number' | 'createdBy' | 'createdVia'>,
): Version {
  const { treeHash, archiveHash, archiveFormat, archiveBytes, config, detection, judgement, trial } =
    installed
  return {
    id: context.createId('ver'),
    ...own,
    treeHash,
    archiveHash,
    archiveFormat,
    archiveBytes,
    config,
    detection,
    ...joinLooks(judgement, trial),
    eras: null,
    failure: null,
    createdAt: context.clock.now(),
  }
}

function announce(context: HostingContext, version: Version, server: string, principal: Principal): void {
  const { id, serverId, number } = version
  const about = { serverId, server, versionId: id, number }
  context.events.emit({ type: 'version.created', ...about }, principal.id)
  if (version.review?.state === 'pending')
    context.events.emit({ type: 'version.held', ...about }, principal.id)
}
