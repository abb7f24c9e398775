import type { ToolListJson } from '../../../src/api/schema/tool.ts'
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

export type Mark = 'read_only' | 'destructive' | 'open_world' | 'changed' | 'new' | 'withheld'

export type Tool = {
  readonly name: string
  readonly title: string | null
  readonly description: string
  readonly input: Schema
  readonly output: Schema | null
  readonly marks: readonly Mark[]
  /** As the server describes it, unchanged. */
  readonly raw: Json
}

export function readTools(list: ToolListJson, pins: PinsJson | undefined): readonly Tool[] {
  return list.items.map((item) => readTool(item as SchemaObject, pins))
}

function readTool(raw: SchemaObject, pins: PinsJson | undefined): Tool {
  const name = textOf(raw, 'name') ?? ''
  const input = own(raw, 'inputSchema')
  const output = own(raw, 'outputSchema')
  const drift = pins?.drift.find((change) => change.kind === 'tool' && change.name === name)
  const marks: Mark[] = readHints(raw)
  if (drift?.change === 'changed') marks.push('changed')
  if (drift?.change === 'added') marks.push('new')
  if (drift?.withheld === true) marks.push('withheld')
  return {
    name,
    title: textOf(raw, 'title'),
    description: textOf(raw, 'description') ?? '',
    input: isSchema(input) ? input : { type: 'object' },
    output: isSchema(output) ? output : null,
    marks,
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
