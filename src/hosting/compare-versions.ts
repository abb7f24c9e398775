/** Two versions of a server, side by side: files, packages, settings, and what they say of themselves. */
import { compareDefinitions } from '../domain/definition.ts'
import { AppError } from '../domain/error.ts'
import type { Json } from '../domain/json.ts'
import type { Version } from '../domain/server.ts'
import type { TreeComparison } from '../domain/tree-comparison.ts'
import type { ToolChange } from '../domain/version-watch.ts'
import type { HostingContext } from './context.ts'
import { mergePins } from './merge-pins.ts'
import { findServer } from './server-view.ts'

export type VersionComparison = TreeComparison & {
  readonly from: number
  readonly to: number
  /** Of the configuration and the command; values of the environment are left out. */
  readonly settings: readonly { readonly field: string; readonly before: Json; readonly after: Json }[]
  /** Null where one of the two was never seen to say anything. */
  readonly definitions: readonly ToolChange[] | null
}

/** Throws `version_not_found`. @param name its server @param from, to numbers of versions */
export async function compareVersions(
  context: HostingContext,
  name: string,
  from: number,
  to: number,
): Promise<VersionComparison> {
  const server = await findServer(context, name)
  const versions = await context.versions.list(server.id)
  const [before, after] = [from, to].map((number) => pick(versions, name, number)) as [Version, Version]
  const trees = await context.intake.compareTrees(before.treeHash, after.treeHash)
  const pins = await Promise.all(
    [before, after].map(async ({ id }) => mergePins(await context.pins.list(id))),
  )
  const [old, now] = pins
  return {
    from,
    to,
    ...trees,
    settings: compareSettings(before, after),
    definitions:
      old && now
        ? compareDefinitions(old.definitions, now.definitions).map(({ kind, name: called, change }) => ({
            kind,
            name: called,
            change,
          }))
        : null,
  }
}

function pick(versions: readonly Version[], server: string, number: number): Version {
  const found = versions.find((version) => version.number === number)
  if (found !== undefined) return found
  throw new AppError('version_not_found', `The server "${server}" has no version ${number}.`, {
    hint: `See haivemind versions ${server}.`,
  })
}

/** Pure. A value that only one of them has is null in the other. */
export function compareSettings(
  before: Pick<Version, 'config' | 'detection'>,
  after: Pick<Version, 'config' | 'detection'>,
): VersionComparison['settings'] {
  const [old, now] = [flatten(before), flatten(after)]
  const fields = [...new Set([...old.keys(), ...now.keys()])].sort()
  return fields.flatMap((field) => {
    const [earlier, later] = [old.get(field) ?? null, now.get(field) ?? null]
    if (JSON.stringify(earlier) === JSON.stringify(later)) return []
    const isHidden = field.startsWith('environment.')
    return [{ field, before: isHidden ? null : earlier, after: isHidden ? null : later }]
  })
}

function flatten({ config, detection }: Pick<Version, 'config' | 'detection'>): ReadonlyMap<string, Json> {
  const { environment, limits, ...rest } = config
  const nested = { environment, limits }
  const plain: Readonly<Record<string, unknown>> = {
    ...rest,
    command: detection.command,
    runtime: detection.runtime,
  }
  return new Map([
    ...Object.entries(plain).map(([field, value]) => [field, value as Json] as const),
    ...Object.entries(nested).flatMap(([field, inner]) =>
      Object.entries(inner).map(([name, value]) => [`${field}.${name}`, value as Json] as const),
    ),
  ])
}
