import type { AuditEntry, AuditLog } from '../domain/audit.ts'
import { decideMainEra } from '../domain/era.ts'
import { AppError } from '../domain/error.ts'
import type { ServerId } from '../domain/id.ts'
import type { Server } from '../domain/server.ts'
import type { ServerLaunch, ServerRecords } from '../runtime/ports.ts'
import { openLaunchSecrets } from './launch-secrets.ts'
import type { Secrets, ServerFiles, Servers, Uids, Versions } from './ports.ts'
import { assertReleased } from './approve-version.ts'
import { buildEffectiveConfig } from './server-view.ts'

/** What the supervisor reads and writes of the records: how to start a server, and what became of it. */
export function createServerRecords(deps: {
  readonly servers: Servers
  readonly versions: Versions
  readonly files: ServerFiles
  readonly secrets: Secrets
  readonly audit: AuditLog
  readonly uids: Uids
  /** Whether the daemon may give each server a uid of its own. */
  readonly distinctUids: boolean
  /** Where intake keeps the installed tree of this hash. */
  readonly appDirOf: (treeHash: string) => string
}): ServerRecords {
  const { servers, versions, files, secrets, audit, appDirOf, uids, distinctUids } = deps
  /** For one that was deployed while the platform had none to give. */
  const assignUid = async (serverId: ServerId) => {
    if (!distinctUids) return null
    const uid = await uids.allocate(serverId)
    await servers.update(serverId, { uid })
    return uid
  }
  const readNext = async ({ activeVersion, overrides }: Server) => {
    const version = activeVersion && (await versions.find(activeVersion))
    if (version === null) return null
    return { config: buildEffectiveConfig(version.config, overrides), eras: version.eras }
  }
  return {
    async findLaunchSpec(serverId, purpose, versionId) {
      const server = await servers.find(serverId)
      if (server === null) throw new AppError('server_not_found', `There is no server ${serverId}.`)
      const wanted = versionId ?? server.activeVersion
      const version = wanted && (await versions.find(wanted))
      if (version === null) {
        throw new AppError('version_not_found', `The server "${server.name}" has no version to start.`, {
          hint: 'Deploy it again.',
        })
      }
      // Whoever asks: a restart, a recovery, a rollback.
      assertReleased(server.name, version)
      const config = buildEffectiveConfig(version.config, server.overrides)
      const given =
        purpose === 'start'
          ? await openLaunchSecrets(secrets, server, config)
          : await secrets.open(serverId, 'running')
      await files.prepare(serverId)
      return {
        serverId,
        server: server.name,
        versionId: version.id,
        uid: server.uid ?? (await assignUid(serverId)),
        runtime: version.detection.runtime,
        command: version.detection.command,
        appDir: appDirOf(version.treeHash),
        dataDir: files.dataDirOf(serverId),
        config,
        eras: version.eras,
        secrets: given,
      }
    },
    async beginLaunch(spec, how = 'alone') {
      if (spec.secrets.length > 0) audit.record(buildUse(spec))
      await secrets.beginUse(spec.serverId, spec.secrets, how)
    },
    async endLaunchBeside(serverId, spec) {
      if (spec === null) await secrets.endUse(serverId)
      else await secrets.beginUse(serverId, spec.secrets, 'alone')
    },
    async listDesired() {
      const known = await servers.list()
      return await Promise.all(
        known.map(async (server) => {
          const { id, name, desired, activeVersion, lastState, restarts } = server
          const next = await readNext(server)
          const mainEra = next?.eras ? decideMainEra(next.eras, next.config.upstreamEra) : null
          return { serverId: id, server: name, desired, activeVersion, mainEra, next, lastState, restarts }
        }),
      )
    },
    listWishes: () => servers.listWishes(),
    async saveState(serverId, state, restarts) {
      await servers.update(serverId, { lastState: state, restarts })
    },
  }
}

/** Which values went out, and to what; refused with the start where it cannot be written. */
function buildUse({ server, versionId, secrets }: ServerLaunch): AuditEntry {
  return {
    actor: 'platform',
    via: 'platform',
    ip: null,
    action: 'secret.use',
    resource: `server:${server}`,
    outcome: 'success',
    requestId: null,
    details: {
      version_id: versionId,
      secrets: Object.fromEntries(secrets.map(({ name, version }) => [name, version])),
    },
  }
}
