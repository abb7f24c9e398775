/** What a new version says of itself otherwise than the one before. */
import {
  buildDefinition,
  compareDefinitions,
  type Definition,
  type DefinitionChange,
} from '../domain/definition.ts'
import type { VersionId } from '../domain/id.ts'
import type { JsonObject } from '../domain/json.ts'
import type { HostingContext } from './context.ts'
import { mergePins } from './merge-pins.ts'

/**
 * From what both were seen to say when they first ran. Null where that is not known of the one before.
 * @param listed what the new one lists, where nothing of it is kept since its server pins nothing
 */
export async function compareWithBefore(
  context: Pick<HostingContext, 'pins'>,
  before: VersionId,
  after: VersionId,
  listed: readonly JsonObject[],
): Promise<readonly DefinitionChange[] | null> {
  const old = mergePins(await context.pins.list(before))
  if (old === null) return null
  const now = mergePins(await context.pins.list(after))
  if (now !== null) return compareDefinitions(old.definitions, now.definitions)
  const tools: readonly Definition[] = listed.map((tool) => buildDefinition('tool', tool))
  return compareDefinitions(
    old.definitions.filter(({ kind }) => kind === 'tool'),
    tools,
  )
}
