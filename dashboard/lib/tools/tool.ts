import type { ToolListJson, ToolStateJson } from '../../../src/api/schema/tool.ts'
import type { PinsJson } from '../../../src/api/schema/pins.ts'
import {
  isObject,
  isSchema,
  own,
  textOf,
  type Json,
  type Schema,
  type SchemaObject,
} from '../schema-form/schema.ts'

export type Mark =
  | 'read_only'
  | 'destructive'
  | 'open_world'
  | 'changed'
  | 'new'
  | 'gone'
  | 'withheld'
  | 'off'

export type Tool = {
  readonly name: string
  readonly title: string | null
  readonly description: string
  readonly input: Schema
  readonly output: Schema | null
  readonly marks: readonly Mark[]
  /** Nobody switched it off. */
  readonly isOn: boolean
  /** Its state is known, so it can be switched. */
  readonly canSwitch: boolean
  /** As the server describes it, unchanged. */
  readonly raw: Json
}

/** Those that it lists now, and those that are known of it but are switched off, gone, or of a server that does not run. */
export function readTools(
  list: ToolListJson | undefined,
  pins: PinsJson | undefined,
  states: readonly ToolStateJson[] = [],
): readonly Tool[] {
  const stateOf = new Map(states.map((state) => [state.name, state]))
  const listed = (list?.items ?? []).map((item) =>
    readTool(item as SchemaObject, pins, stateOf.get(item.name)),
  )
  const names = new Set(listed.map(({ name }) => name))
  const others = states.filter(({ name }) => !names.has(name))
  return [...listed, ...others.map((state) => readTool(state.definition as SchemaObject, pins, state))]
}

function readTool(raw: SchemaObject, pins: PinsJson | undefined, state: ToolStateJson | undefined): Tool {
  const name = textOf(raw, 'name') ?? state?.name ?? ''
  const input = own(raw, 'inputSchema')
  const output = own(raw, 'outputSchema')
  const drift = pins?.drift.find((change) => change.kind === 'tool' && change.name === name)
  const isOn = state?.enabled !== false
  const marks: Mark[] = readHints(raw)
  if (drift?.change === 'changed') marks.push('changed')
  if (drift?.change === 'added') marks.push('new')
  if (state?.change === 'removed') marks.push('gone')
  if (drift?.withheld === true) marks.push('withheld')
  if (!isOn) marks.push('off')
  return {
    name,
    title: textOf(raw, 'title'),
    description: textOf(raw, 'description') ?? '',
    input: isSchema(input) ? input : { type: 'object' },
    output: isSchema(output) ? output : null,
    marks,
    isOn,
    canSwitch: state !== undefined,
    raw,
  }
}

/** What the server says of itself; the defaults of the protocol where it says nothing are not shown as its word. */
function readHints(raw: SchemaObject): Mark[] {
  const annotations = own(raw, 'annotations')
  if (!isObject(annotations)) return []
  const isReadOnly = own(annotations, 'readOnlyHint') === true
  return [
    ...(isReadOnly ? (['read_only'] as const) : []),
    ...(!isReadOnly && own(annotations, 'destructiveHint') === true ? (['destructive'] as const) : []),
    ...(own(annotations, 'openWorldHint') === true ? (['open_world'] as const) : []),
  ]
}

/** Only what says that it reads alone is called without a question, if it says the contrary nowhere. */
export function asksFirst({ marks }: Pick<Tool, 'marks'>): boolean {
  return marks.includes('destructive')
}
