import { AppError } from '../domain/error.ts'
import type { ServerRecords } from '../runtime/ports.ts'
import type { ServerFiles, Servers, Versions } from './ports.ts'
import { assertReleased } from './approve-version.ts'
import { buildEffectiveConfig } from './server-view.ts'

/** What the supervisor reads and writes of the records: how to start a server, and what became of it. */
export function createServerRecords(deps: {
  readonly servers: Servers
  readonly versions: Versions
  readonly files: ServerFiles
  /** Where intake keeps the installed tree of this hash. */
  readonly appDirOf: (treeHash: string) => string
}): ServerRecords {
  const { servers, versions, files, appDirOf } = deps
  return {
    async findLaunchSpec(serverId) {
      const server = await servers.find(serverId)
      if (server === null) throw new AppError('server_not_found', `There is no server ${serverId}.`)
      const version = server.activeVersion && (await versions.find(server.activeVersion))
      if (version === null) {
        throw new AppError('version_not_found', `The server "${server.name}" has no version to start.`, {
          hint: 'Deploy it again.',
        })
      }
      // Whoever asks: a restart, a recovery, a rollback.
      assertReleased(server.name, version)
      await files.prepare(serverId, server.uid)
      return {
        serverId,
        server: server.name,
        versionId: version.id,
        uid: server.uid,
        runtime: version.detection.runtime,
        command: version.detection.command,
        appDir: appDirOf(version.treeHash),
        dataDir: files.dataDirOf(serverId),
        config: buildEffectiveConfig(version.config, server.overrides),
      }
    },
    async listDesired() {
      return (await servers.list()).map(({ id, name, desired, activeVersion, lastState, restarts }) => ({
        serverId: id,
        server: name,
        desired,
        activeVersion,
        lastState,
        restarts,
      }))
    },
    async saveState(serverId, state, restarts) {
      await servers.update(serverId, { lastState: state, restarts })
    },
  }
}
