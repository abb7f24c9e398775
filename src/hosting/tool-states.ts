/** The tools of a server with what became of each: also of one that does not run, as it was seen last. */
import type { JsonObject } from '../domain/json.ts'
import { AppError } from '../domain/error.ts'
import type { Principal } from '../domain/principal.ts'
import type { HostingContext } from './context.ts'
import { viewPins } from './manage-pins.ts'
import { setServer } from './set-server.ts'
import { buildEffectiveConfig, findServer } from './server-view.ts'

export type ToolState = {
  /** As it was seen last, in the members that are pinned. */
  readonly definition: JsonObject
  readonly name: string
  readonly enabled: boolean
  /** It says what was accepted. */
  readonly approved: boolean
  /** Against what was accepted. */
  readonly change: 'added' | 'changed' | 'removed' | null
  /** Clients neither see nor call it, for either reason. */
  readonly hidden: boolean
}

export async function listToolStates(context: HostingContext, name: string): Promise<readonly ToolState[]> {
  const { server, version, record, drift, mode } = await viewPins(context, name)
  const disabled = new Set(buildEffectiveConfig(version.config, server.overrides).disabledTools)
  const changes = new Map(drift.filter(({ kind }) => kind === 'tool').map((entry) => [entry.name, entry]))
  const known = (record?.definitions ?? []).filter(({ kind }) => kind === 'tool')
  const added = [...changes.values()].flatMap(({ change, after }) =>
    change === 'added' && after ? [after] : [],
  )
  const states = [...known, ...added].map((definition): ToolState => {
    const drifted = changes.get(definition.name)
    const enabled = !disabled.has(definition.name)
    const isWithheld = drifted !== undefined && mode === 'block'
    return {
      definition: (drifted?.after ?? definition).content,
      name: definition.name,
      enabled,
      approved: drifted === undefined,
      change: drifted?.change ?? null,
      hidden: !enabled || isWithheld || drifted?.change === 'removed',
    }
  })
  const names = new Set(states.map((state) => state.name))
  return [...states, ...[...disabled].filter((tool) => !names.has(tool)).map(buildUnseen)]
}

/** Switched off, and not there: at least its name is known. */
function buildUnseen(name: string): ToolState {
  return { definition: { name }, name, enabled: false, approved: false, change: null, hidden: true }
}

/** At once, for open sessions too. Where tools are known, one that is not cannot be switched: it may be misspelt. */
export async function setToolEnabled(
  context: HostingContext,
  name: string,
  tool: string,
  enabled: boolean,
  principal: Principal,
): Promise<ToolState> {
  const states = await listToolStates(context, name)
  const known = states.find((state) => state.name === tool)
  if (known === undefined && states.length > 0)
    throw new AppError('tool_not_found', `${name} has no tool named ${tool}.`)
  const server = await findServer(context, name)
  const version = server.activeVersion && (await context.versions.find(server.activeVersion))
  if (!version) throw new AppError('version_not_found', `The server "${name}" has no version.`)
  const { disabledTools: before } = buildEffectiveConfig(version.config, server.overrides)
  const rest = before.filter((each) => each !== tool)
  await setServer(
    context,
    name,
    { disabledTools: enabled ? rest : [...rest, tool] },
    principal,
    // Somebody who switches another one at the same time loses nothing.
    (now) => isSame(now.overrides.disabledTools, server.overrides.disabledTools),
  )
  const now = (await listToolStates(context, name)).find((state) => state.name === tool)
  return now ?? { ...buildUnseen(tool), enabled: true, hidden: false }
}

const isSame = (one: readonly string[] | undefined, other: readonly string[] | undefined) =>
  JSON.stringify(one) === JSON.stringify(other)
