/** config/config.example.jsonc, written from the schema: every key, its default, one sentence. */
import { z } from 'zod'
import { listReloadKeys } from './plan-reload.ts'
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
  const live = new Set(listReloadKeys().flatMap(({ key, reload }) => (reload === 'live' ? [key] : [])))
  renderObject(buildConfigJsonSchema() as JsonSchema, { lines, live, path: [] })
  return [
    '// Every key with its default. Copy what you change to config/config.json; paths are relative to the project folder.',
    '// The environment overrides: HAIVEMIND__DASHBOARD__PORT=9000 is mcp_hosting.dashboard.port.',
    '// A reload (haivemind config reload, SIGHUP) takes up what is marked [live]; the rest needs a restart.',
    '{',
    ...lines,
    '}',
    '',
  ].join('\n')
}

type Place = {
  readonly lines: string[]
  readonly live: ReadonlySet<string>
  readonly path: readonly string[]
}

function renderObject(schema: JsonSchema, { lines, live, path }: Place): void {
  const indent = '  '.repeat(path.length + 1)
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    const at = [...path, key]
    // The keys below mcp_hosting are named without it.
    const mark = live.has(at.slice(1).join('.')) ? ' [live]' : ''
    if (value.description !== undefined) lines.push(`${indent}// ${value.description}${mark}`)
    if (value.properties === undefined) {
      lines.push(`${indent}"${key}": ${JSON.stringify(value.default)},`)
    } else {
      lines.push(`${indent}"${key}": {`)
      renderObject(value, { lines, live, path: at })
      lines.push(`${indent}},`)
    }
  }
}
