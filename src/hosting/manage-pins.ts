/** What a server's active version is held to, shown and accepted. */
import { compareDefinitions, type DefinitionChange, type PinMode } from '../domain/definition.ts'
import { AppError } from '../domain/error.ts'
import type { Finding } from '../domain/finding.ts'
import type { Principal } from '../domain/principal.ts'
import type { Server, Version } from '../domain/server.ts'
import type { HostingContext } from './context.ts'
import type { DriftEntry, PinRecord } from './ports.ts'
import { mergePins } from './merge-pins.ts'
import { buildEffectiveConfig, findServer } from './server-view.ts'

export type PinView = {
  readonly server: Server
  readonly version: Version
  readonly mode: PinMode
  /** Null: nothing of this version was seen yet. */
  readonly record: PinRecord | null
  readonly drift: readonly (DriftEntry & {
    readonly withheld: boolean
    /** What the linter says of what it is now. */
    readonly findings: readonly Finding[]
  })[]
  /** Against the version before this one; null where there is none that was seen. */
  readonly since: { readonly number: number; readonly changes: readonly DefinitionChange[] } | null
}

export async function viewPins(context: HostingContext, name: string): Promise<PinView> {
  const server = await findServer(context, name)
  const version = server.activeVersion && (await context.versions.find(server.activeVersion))
  if (!version) throw new AppError('version_not_found', `The server "${name}" has no version.`)
  const record = mergePins(await context.pins.list(version.id))
  const mode = buildEffectiveConfig(version.config, server.overrides).pin
  return {
    server,
    version,
    mode,
    record,
    drift: await Promise.all(
      (record?.drift ?? []).map(async (entry) => ({
        ...entry,
        withheld: mode === 'block' && entry.change !== 'removed',
        findings: entry.after === null ? [] : await context.intake.lintMetadata([entry.after]),
      })),
    ),
    since: record && (await compareWithEarlier(context, version, record)),
  }
}

/**
 * Accepts what was seen and is shown, not whatever the server says by now: that is looked at again, and is drift
 * again if it differs. `shown` is the hash of what the caller was shown: throws `conflict` when that is old.
 */
export async function acceptPins(
  context: HostingContext,
  name: string,
  principal: Principal,
  shown?: string,
): Promise<PinView> {
  const { server, version, record } = await viewPins(context, name)
  const changes = record?.drift.length ?? 0
  if (changes > 0 || shown !== undefined) {
    await context.definitions.accept(server.id, version.id, principal.id, shown)
  }
  if (changes > 0) {
    context.events.emit(
      { type: 'pins.accepted', serverId: server.id, server: name, versionId: version.id, changes },
      principal.id,
    )
  }
  return viewPins(context, name)
}

async function compareWithEarlier(
  context: HostingContext,
  { serverId, number }: Version,
  record: PinRecord,
): Promise<PinView['since']> {
  const earlier = (await context.versions.list(serverId)).filter((version) => version.number < number)
  for (const version of earlier) {
    const before = mergePins(await context.pins.list(version.id))
    if (before !== null) {
      return { number: version.number, changes: compareDefinitions(before.definitions, record.definitions) }
    }
  }
  return null
}
