/** config/config.example.jsonc, written from the schema: every key, its default, one sentence. */
import { z } from 'zod'
import { configSchema } from './schema.ts'

type JsonSchema = {
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
}

/** The configuration's JSON Schema (2020-12), as `haivemind config schema` prints it. */
export function buildConfigJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: 'input' })
}

export function renderConfigExample(): string {
  const lines: string[] = []
  renderObject(buildConfigJsonSchema() as JsonSchema, lines, 1)
  return [
    '// Every key with its default. Copy what you change to config/config.json; paths are relative to the project folder.',
    '// The environment overrides: HAIVEMIND__DASHBOARD__PORT=9000 is mcp_hosting.dashboard.port.',
    '{',
    ...lines,
    '}',
    '',
  ].join('\n')
}

function renderObject(schema: JsonSchema, lines: string[], depth: number): void {
  const indent = '  '.repeat(depth)
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    if (value.description !== undefined) lines.push(`${indent}// ${value.description}`)
    if (value.properties === undefined) {
      lines.push(`${indent}"${key}": ${JSON.stringify(value.default)},`)
    } else {
      lines.push(`${indent}"${key}": {`)
      renderObject(value, lines, depth + 1)
      lines.push(`${indent}},`)
    }
  }
}
