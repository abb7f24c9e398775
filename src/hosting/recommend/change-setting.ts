/** One setting of one server, changed as advice wants it: kept as an override, in place where the kernel can. */
import { waitsForChange } from '../../domain/exit-class.ts'
import type { Resource, Setting } from '../../domain/recommendation.ts'
import type { Server } from '../../domain/server.ts'
import type { HostingContext } from '../context.ts'
import { stateOf } from '../run-server.ts'
import { buildEffectiveConfig } from '../server-view.ts'
import { readSetting, writeSetting } from './settings.ts'

/** As it holds for the next start; null without a version. */
export async function findSetting(
  context: HostingContext,
  server: Server,
  resource: Resource,
): Promise<Setting | null> {
  const version = server.activeVersion === null ? null : await context.versions.find(server.activeVersion)
  if (version === null) return null
  const config = buildEffectiveConfig(version.config, server.overrides)
  return readSetting(config, resource, context.settings.advice.callTimeout.usual)
}

/** True: in force already. Within the server's turn. */
export async function changeSetting(
  context: HostingContext,
  server: Server,
  resource: Resource,
  value: Setting,
): Promise<boolean> {
  const overrides = writeSetting(server.overrides, resource, value)
  await context.servers.update(server.id, { overrides, updatedAt: context.clock.now() })
  const { kind, lastExit } = stateOf(context, server)
  // It was given up for what a setting may mend.
  if (server.desired === 'running' && kind === 'failed' && waitsForChange(lastExit?.class ?? null)) {
    await context.supervision.start(server.id, 'platform')
  }
  if (resource !== 'memory_mb' && resource !== 'cpu_percent') return false
  const change = resource === 'memory_mb' ? { memoryMb: Number(value) } : { cpuPercent: Number(value) }
  try {
    return await context.supervision.resize(server.id, change)
  } catch (error) {
    context.onDefect(error, null)
    return false
  }
}
